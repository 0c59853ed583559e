//! What is believed of what comes back.

use std::collections::BTreeSet;
use std::str::FromStr;

use domain::base::iana::Rcode;
use domain::base::{MessageBuilder, Serial};
use domain::rdata::{A, Cname, Soa};

use super::*;

fn name(text: &str) -> Name {
    Name::from_str(text).unwrap()
}

fn key(dnssec_ok: bool) -> Key {
    Key::new(&name("Www.Example"), Rtype::A, dnssec_ok, false)
}

/// A reply as an upstream would write it, changed by `change`.
struct Draft {
    id: u16,
    response: bool,
    name: Name,
    rtype: Rtype,
    rcode: Rcode,
    truncated: bool,
    answers: Vec<(Name, u32, Data)>,
    authority: Vec<(Name, u32, Data)>,
}

impl Draft {
    fn to(sent: &Sent) -> Self {
        Self {
            id: sent.id,
            response: true,
            name: sent.name.clone(),
            rtype: sent.rtype,
            rcode: Rcode::NOERROR,
            truncated: false,
            answers: vec![(sent.name.clone(), 300, address(1))],
            authority: vec![],
        }
    }

    fn packet(&self) -> Bytes {
        let mut builder = MessageBuilder::new_vec();
        let header = builder.header_mut();
        header.set_id(self.id);
        header.set_qr(self.response);
        header.set_rcode(self.rcode);
        header.set_tc(self.truncated);
        let mut builder = builder.question();
        builder.push((&self.name, self.rtype)).unwrap();
        let mut builder = builder.answer();
        for (owner, ttl, data) in &self.answers {
            builder.push((owner, *ttl, data)).unwrap();
        }
        let mut builder = builder.authority();
        for (owner, ttl, data) in &self.authority {
            builder.push((owner, *ttl, data)).unwrap();
        }
        builder.finish().into()
    }
}

fn address(last: u8) -> Data {
    A::from_octets(192, 0, 2, last).into()
}

fn soa(minimum: u32) -> Data {
    let ttl = Ttl::from_secs;
    Soa::new(
        name("ns.example"),
        name("host.example"),
        Serial(1),
        ttl(1),
        ttl(1),
        ttl(1),
        ttl(minimum),
    )
    .into()
}

#[test]
fn questions_are_hard_to_guess_and_equal_ones_have_one_key() {
    let sent: Vec<Sent> = (0..64)
        .map(|_| compose(&key(false), Speak::Edns).unwrap())
        .collect();
    let ids: BTreeSet<u16> = sent.iter().map(|sent| sent.id).collect();
    let cases: BTreeSet<&[u8]> = sent.iter().map(|sent| sent.name.as_slice()).collect();
    assert!(ids.len() > 60, "{} ids", ids.len());
    assert!(cases.len() > 32, "{} cases", cases.len());
    for sent in &sent {
        assert_eq!(sent.name, name("www.example"));
        let message = Message::from_octets(&sent.packet).unwrap();
        let header = message.header();
        assert!(header.rd() && !header.qr() && !header.ad() && !header.cd());
        let opt = message.opt().unwrap();
        assert_eq!(opt.udp_payload_size(), UDP_PAYLOAD_MAX);
        assert!(!opt.dnssec_ok());
    }
    assert_eq!(
        key(false),
        Key::new(&name("wWW.eXAMPLE"), Rtype::A, false, false)
    );
    assert_ne!(key(false), key(true));
    let plain = compose(&key(true), Speak::Plain).unwrap();
    assert!(Message::from_octets(plain.packet).unwrap().opt().is_none());
}

#[test]
fn only_a_reply_to_the_very_question_is_believed() {
    let sent = compose(&key(false), Speak::Edns).unwrap();
    let swap_case = |name: &Name| {
        let swapped = name.as_slice().iter().map(|byte| match byte {
            b'a'..=b'z' => byte.to_ascii_uppercase(),
            b'A'..=b'Z' => byte.to_ascii_lowercase(),
            other => *other,
        });
        Name::from_octets(swapped.collect::<Bytes>()).unwrap()
    };
    type Change<'c> = &'c dyn Fn(&mut Draft);
    // what is changed, received over UDP, over TCP
    let cases: [(&str, Change<'_>, &str, &str); 9] = [
        ("nothing", &|_| {}, "Answer", "Answer"),
        ("id", &|d| d.id ^= 1, "Stray", "Stray"),
        ("not a response", &|d| d.response = false, "Stray", "Stray"),
        ("name", &|d| d.name = name("ww.example"), "Stray", "Stray"),
        ("type", &|d| d.rtype = Rtype::AAAA, "Stray", "Stray"),
        (
            "case",
            &|d| d.name = swap_case(&d.name),
            "WrongCase",
            "Answer",
        ),
        ("truncated", &|d| d.truncated = true, "Truncated", "Answer"),
        (
            "refused",
            &|d| d.rcode = Rcode::REFUSED,
            "Refused",
            "Refused",
        ),
        (
            "failed",
            &|d| d.rcode = Rcode::SERVFAIL,
            "Refused",
            "Refused",
        ),
    ];
    for (changed, change, udp, tcp) in cases {
        let mut draft = Draft::to(&sent);
        change(&mut draft);
        for (over_tcp, expected) in [(false, udp), (true, tcp)] {
            let received = format!("{:?}", read(&sent, draft.packet(), over_tcp));
            assert!(received.starts_with(expected), "{changed}: {received}");
        }
    }
    // Cut anywhere, it is never an answer.
    let whole = Draft::to(&sent).packet();
    for len in 0..whole.len() {
        let received = read(&sent, whole.slice(..len), false);
        assert!(
            !matches!(received, Received::Answer(_)),
            "{len} bytes: {received:?}"
        );
    }
}

/// The TTL of a reply with these sections; the outer none: no answer at all.
fn ttl(rcode: Rcode, answers: Rows, authority: Rows) -> Option<Option<u32>> {
    let sent = compose(&key(false), Speak::Edns).unwrap();
    let draft = Draft {
        rcode,
        answers,
        authority,
        ..Draft::to(&sent)
    };
    let Received::Answer(response) = read(&sent, draft.packet(), false) else {
        return None;
    };
    Some(response.ttl().map(|ttl| ttl.as_secs()))
}

type Rows = Vec<(Name, u32, Data)>;

fn row(owner: &str, ttl: u32, data: Data) -> (Name, u32, Data) {
    (name(owner), ttl, data)
}

fn alias() -> Data {
    Cname::new(name("else.example")).into()
}

#[test]
fn an_answer_may_be_kept_for_the_least_of_its_ttls() {
    let www = "www.example";
    let cases = [
        (vec![row(www, 300, address(1))], Some(300)),
        (
            vec![row(www, 300, alias()), row("else.example", 20, address(1))],
            Some(20),
        ),
        (vec![row(www, 0, address(1))], Some(0)),
        // The highest bit is no time.
        (vec![row(www, u32::MAX, address(1))], Some(0)),
    ];
    for (answers, expected) in cases {
        let found = ttl(Rcode::NOERROR, answers.clone(), vec![]);
        assert_eq!(found, Some(expected), "{answers:?}");
    }
}

#[test]
fn an_absence_may_be_kept_as_long_as_the_zone_says() {
    let zone = |ttl, minimum| vec![row("example", ttl, soa(minimum))];
    let led = || vec![row("www.example", 10, alias())];
    let cases = [
        (Rcode::NXDOMAIN, vec![], zone(900, 60), Some(60)),
        (Rcode::NOERROR, vec![], zone(30, 60), Some(30)),
        (Rcode::NXDOMAIN, vec![], vec![], None),
        (Rcode::NXDOMAIN, led(), zone(900, 60), Some(10)),
        (Rcode::NOERROR, led(), vec![], None),
    ];
    for (rcode, answers, authority, expected) in cases {
        let found = ttl(rcode, answers.clone(), authority.clone());
        assert_eq!(found, Some(expected), "{answers:?} {authority:?}");
    }
}

#[test]
fn records_of_any_type_pass_unchanged() {
    let key = Key::new(&name("www.example"), Rtype::from_int(65_333), false, false);
    let sent = compose(&key, Speak::Edns).unwrap();
    let raw = domain::base::UnknownRecordData::from_octets(
        Rtype::from_int(65_333),
        Bytes::from_static(b"\xc0\x0c any bytes"),
    );
    let draft = Draft {
        answers: vec![(sent.name.clone(), 5, Data::Unknown(raw.unwrap()))],
        ..Draft::to(&sent)
    };
    let Received::Answer(response) = read(&sent, draft.packet(), false) else {
        panic!("not an answer");
    };
    assert!(!response.negative);
    let [record] = response.answers.as_slice() else {
        panic!("{response:?}");
    };
    assert_eq!(record.data().to_string(), draft.answers[0].2.to_string());
    assert_eq!(record.ttl().as_secs(), 5);
    let aged = response.aged(Ttl::from_secs(3));
    assert_eq!(aged.answers[0].ttl().as_secs(), 2);
    let old = response.aged(Ttl::from_secs(30));
    assert_eq!(old.answers[0].ttl().as_secs(), 0);
}
