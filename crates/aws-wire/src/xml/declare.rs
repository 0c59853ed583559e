//! The declaration macro of response structs: [`response!`](crate::response).

/// Declares a response, or a structure in one: its struct and its encoding.
///
/// Members are written in the order of declaration. `Option` members are left out when `None`.
///
/// ```
/// use aws_wire::Service;
/// use aws_wire::xml::encode_response;
///
/// aws_wire::response! {
///     /// What CreateThing returns.
///     pub struct CreateThingResponse<'a> {
///         /// The thing's id.
///         thing_id: String = "thingId",
///         /// Where it is.
///         zones: Vec<&'a str> = "zoneSet",
///         /// What went wrong.
///         failure: Option<String> = "failureReason",
///     }
/// }
///
/// let body = CreateThingResponse { thing_id: "t-1".to_owned(), zones: vec!["a"], failure: None };
/// assert_eq!(
///     encode_response(Service::Ec2, "CreateThing", "r-1", &body),
///     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
///      <CreateThingResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>r-1</requestId>\
///      <thingId>t-1</thingId><zoneSet><item>a</item></zoneSet></CreateThingResponse>",
/// );
/// ```
#[macro_export]
macro_rules! response {
    (
        $(#[doc = $doc:literal])+
        $vis:vis struct $name:ident $(<$lifetime:lifetime>)? { $(
            $(#[doc = $field_doc:literal])+
            $field:ident: $type:ty = $wire:literal
        ),* $(,)? }
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, PartialEq, Eq)]
        $vis struct $name $(<$lifetime>)? {
            $( $(#[doc = $field_doc])+ $vis $field: $type, )*
        }

        impl $(<$lifetime>)? $crate::xml::ToXml for $name $(<$lifetime>)? {
            fn to_xml(&self, content: &mut $crate::xml::Content<'_>) {
                $( content.member($wire, &self.$field); )*
            }
        }
    };
}
