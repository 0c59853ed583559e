//! Forms and calls.

use super::*;
use crate::service::Service;

#[test]
fn forms_are_read_as_trees() {
    let params = Params::parse(b"a=1&b.x=2", b"b.y.1=%C3%A9+%2B&c=").unwrap();
    assert_eq!(params.members["a"].value.as_deref(), Some("1"));
    assert_eq!(params.members["b"].members["x"].value.as_deref(), Some("2"));
    assert_eq!(
        params.members["b"].members["y"].members["1"]
            .value
            .as_deref(),
        Some("é +")
    );
    assert_eq!(params.members["c"].value.as_deref(), Some(""));
    assert!(Params::parse(b"", b"&&").unwrap().is_empty());
}

#[test]
fn malformed_and_oversized_forms_are_refused() {
    let deepest = ["a"; NESTING_MAX].join(".");
    let many = |count: usize| (0..count).map(|n| format!("p{n}=&")).collect::<String>();
    for form in [
        deepest.clone(),
        "a".repeat(NAME_BYTES_MAX),
        many(PARAMETERS_MAX),
    ] {
        assert!(Params::parse(b"", form.as_bytes()).is_ok());
    }
    let long = vec![b'a'; BODY_BYTES_MAX];
    assert_eq!(Params::parse(b"&", &long), Err(FormError::TooLong));
    for (form, expected) in [
        (many(PARAMETERS_MAX + 1).as_str(), FormError::TooMany),
        (&format!("{deepest}.a"), FormError::Name),
        (&"a".repeat(NAME_BYTES_MAX + 1), FormError::Name),
        ("=1", FormError::Name),
        ("a..b=1", FormError::Name),
        (".a=1", FormError::Name),
        ("a.=1", FormError::Name),
        ("a=%", FormError::Percent),
        ("a=%4x", FormError::Percent),
        ("a=%FF", FormError::Character),
        ("a=%00", FormError::Character),
        ("a=%7F", FormError::Character),
        ("a=%C2%9B", FormError::Character),
        ("a=%EF%BF%BF", FormError::Character),
        ("a%0Bb=", FormError::Character),
        ("a=1&a=1", FormError::Duplicate("a".to_owned())),
        ("a.1=1&a.1=", FormError::Duplicate("a.1".to_owned())),
    ] {
        let error = Params::parse(b"", form.as_bytes()).unwrap_err();
        assert_eq!(error, expected);
        assert_eq!(ApiError::from(error).code(), "MalformedQueryString");
    }
    assert!(Params::parse(b"", b"policy=a%09b%0D%0Ac").is_ok());
    assert_eq!(
        Params::parse(b"a=1", b"a=2"),
        Err(FormError::Duplicate("a".to_owned()))
    );
}

#[test]
fn calls_name_an_action_and_the_served_version() {
    let call = Call::parse(Service::Ec2, "Action=A&Version=2016-11-15", b"").unwrap();
    assert_eq!((call.service(), call.action()), (Service::Ec2, "A"));
    assert_eq!(
        call.unknown_action().message(),
        "The action A is not valid for this web service."
    );
    let sts = |form: &str| Call::parse(Service::Sts, "", form.as_bytes());
    let call = sts("Action=A&Version=2011-06-15").unwrap();
    assert_eq!(call.unknown_action().code(), "InvalidAction");
    let ec2 = |form: &str| Call::parse(Service::Ec2, "", form.as_bytes());
    check_error(
        ec2("Version=2016-11-15"),
        "MissingAction",
        "The request must contain the parameter Action",
    );
    check_error(
        ec2("Action=&Version=2016-11-15"),
        "MissingAction",
        "The request must contain the parameter Action",
    );
    check_error(
        ec2("Action=A"),
        "MissingParameter",
        "The request must contain the parameter Version",
    );
    check_error(
        ec2("Action=A&Version=2015-01-01"),
        "NoSuchVersion",
        "The requested version (2015-01-01) of service ec2 does not exist",
    );
    check_error(
        sts("Action=A"),
        "InvalidAction",
        "Could not find operation A for version NO_VERSION_SPECIFIED",
    );
    let call = ec2("Action=A&Version=2016-11-15").unwrap();
    let message = "The action A is not valid for this web service.";
    check_error(call.decode::<CreateThing>(), "InvalidAction", message);
    let nested =
        ec2("Action=CreateThing&Action.x=1&Version=2016-11-15&VpcId=vpc-0123456789abcdef0");
    check_error(
        nested.unwrap().decode::<CreateThing>(),
        "UnknownParameter",
        "The parameter Action.x is not recognized",
    );
}
