//! Points in time as AWS writes them: the basic ISO form of signatures, HTTP dates, and XML times with milliseconds or
//! whole seconds.
//!
//! No clock and no time zones: all is UTC. Invariant: what `iso_basic` writes, `parse_iso_basic` reads back to the
//! second. Source: SigV4 documentation ("Date"), RFC 9110 5.6.7.

use jiff::civil::DateTime;
use jiff::tz::Offset;
use model::Timestamp;

/// `20150830T123600Z`, as in `X-Amz-Date` and the string to sign.
pub fn iso_basic(at: Timestamp) -> String {
    let at = civil(at);
    format!(
        "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

/// `2017-10-19T12:36:10.939Z`, as in XML responses.
pub fn iso_millis(at: Timestamp) -> String {
    let at = civil(at);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second(),
        at.millisecond()
    )
}

/// `2012-05-08T23:34:01Z`, as in XML responses of IAM and STS.
pub fn iso_seconds(at: Timestamp) -> String {
    let at = civil(at);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

/// Reads exactly `YYYYMMDD'T'HHMMSS'Z'`; `None` for anything else and for times before 1970.
pub fn parse_iso_basic(text: &str) -> Option<Timestamp> {
    if text.len() != 16 || text.get(8..9)? != "T" || text.get(15..)? != "Z" {
        return None;
    }
    instant(
        digits(text.get(..4)?)?,
        digits(text.get(4..6)?)?,
        digits(text.get(6..8)?)?,
        [
            digits(text.get(9..11)?)?,
            digits(text.get(11..13)?)?,
            digits(text.get(13..15)?)?,
        ],
    )
}

/// Reads RFC 9110's preferred form, `Sun, 06 Nov 1994 08:49:37 GMT`. The day's name is not compared with the date.
pub fn parse_http_date(text: &str) -> Option<Timestamp> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let (_, rest) = text.split_once(", ")?;
    let mut parts = rest.split(' ');
    let (day, month, year, time, zone) = (
        parts.next()?,
        parts.next()?,
        parts.next()?,
        parts.next()?,
        parts.next()?,
    );
    let mut clock = time.split(':');
    let (hour, minute, second) = (clock.next()?, clock.next()?, clock.next()?);
    let widths = [day, hour, minute, second]
        .iter()
        .all(|part| part.len() == 2)
        && year.len() == 4;
    if !widths || zone != "GMT" || parts.next().is_some() || clock.next().is_some() {
        return None;
    }
    let month = MONTHS.iter().zip(1..).find(|(name, _)| **name == month)?.1;
    instant(
        digits(year)?,
        month,
        digits(day)?,
        [digits(hour)?, digits(minute)?, digits(second)?],
    )
}

fn instant(year: i16, month: i16, day: i16, [hour, minute, second]: [i16; 3]) -> Option<Timestamp> {
    let narrow = |value: i16| i8::try_from(value).ok();
    let civil = DateTime::new(
        year,
        narrow(month)?,
        narrow(day)?,
        narrow(hour)?,
        narrow(minute)?,
        narrow(second)?,
        0,
    );
    let instant = Offset::UTC.to_timestamp(civil.ok()?).ok()?;
    u64::try_from(instant.as_millisecond())
        .ok()
        .map(Timestamp::from_millis)
}

fn digits(text: &str) -> Option<i16> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().ok()
    } else {
        None
    }
}

/// The calendar's reading; times past the year 9999 read as its end.
fn civil(at: Timestamp) -> DateTime {
    let millis = i64::try_from(at.as_millis()).unwrap_or(i64::MAX);
    let instant = jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::MAX);
    Offset::UTC.to_datetime(instant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_each_form() {
        let at = Timestamp::from_millis(1_508_416_570_939);
        assert_eq!(iso_basic(at), "20171019T123610Z");
        assert_eq!(iso_millis(at), "2017-10-19T12:36:10.939Z");
        assert_eq!(iso_seconds(at), "2017-10-19T12:36:10Z");
        assert_eq!(
            iso_millis(Timestamp::from_millis(0)),
            "1970-01-01T00:00:00.000Z"
        );
        assert_eq!(
            iso_basic(Timestamp::from_millis(u64::MAX)),
            "99991230T220000Z"
        );
    }

    #[test]
    fn only_the_two_date_forms_are_read() {
        let at = Some(Timestamp::from_millis(1_315_611_360_000));
        assert_eq!(parse_iso_basic("20110909T233600Z"), at);
        assert_eq!(parse_http_date("Fri, 09 Sep 2011 23:36:00 GMT"), at);
        for wrong in [
            "",
            "20110909T233600",
            "2011-09-09T23:36:00Z",
            "20110909T236000Z",
            "20110931T233600Z",
            "+0110909T233600Z",
            "20110909t233600z",
            "20110909T23360éZ",
            "19691231T235959Z",
        ] {
            assert_eq!(parse_iso_basic(wrong), None, "{wrong}");
        }
        for wrong in [
            "Fri, 09 Sep 2011 23:36:00 UTC",
            "Fri, 9 Sep 2011 23:36:00 GMT",
            "Fri, 09 Sep 2011 23:36 GMT",
            "Friday, 09-Sep-11 23:36:00 GMT",
            "Fri, 09 Sep 2011 23:36:00 GMT ",
            "Fri, 09 Sep 2011 +3:36:00 GMT",
        ] {
            assert_eq!(parse_http_date(wrong), None, "{wrong}");
        }
    }
}
