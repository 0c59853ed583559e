//! Decoding in the query dialect, and its errors.

use super::*;

#[test]
fn a_query_request_is_decoded() {
    let request = register(
        "Targets.member.1.Id=i-1&Targets.member.1.Port=80&Targets.member.3.Id=10.0.0.1&Names=\
         &Names.member.2=b&Names.member.10=a&Protocol=TCP_UDP&PageSize=7&Marker=m",
    )
    .unwrap();
    let target = |id: &str, port| TargetParam {
        id: id.to_owned(),
        port,
    };
    assert_eq!(request.group.id.to_string(), "0123456789abcdef");
    assert_eq!(
        request.targets,
        [target("i-1", Some(80)), target("10.0.0.1", None)]
    );
    assert_eq!(request.names, ["b", "a"]);
    assert_eq!(request.protocol, Some(Protocol::TcpUdp));
    assert_eq!((request.page.limit(), request.page.token()), (7, Some("m")));
}

#[test]
fn query_values_have_the_query_dialects_errors() {
    let invalid = |form: &str, name: &str, value: &str, clause: &str| {
        let message = format!(
            "1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: {clause}"
        );
        let form = format!("Targets.member.1.Id=i-1&{form}");
        check_error(register(&form), "ValidationError", &message);
    };
    invalid(
        "Targets.member.1.Port=0",
        "targets.1.member.port",
        "0",
        "Member must have value greater than or equal to 1",
    );
    invalid(
        "PageSize=401",
        "pageSize",
        "401",
        "Member must have value less than or equal to 400",
    );
    invalid(
        "Protocol=tcp",
        "protocol",
        "tcp",
        "Member must satisfy enum value set: [TCP, UDP, TCP_UDP]",
    );
    for (form, name) in [
        ("Names.1=a", "Names.1"),
        ("Names.member=a", "Names.member"),
        ("Names.member.x=a", "Names.member.x"),
        ("Targets.member.1.Foo=a", "Targets.member.1.Foo"),
    ] {
        let message = format!("The parameter {name} is not recognized");
        let form = format!("Targets.member.1.Id=i-1&{form}");
        check_error(register(&form), "UnknownParameter", &message);
    }
}
