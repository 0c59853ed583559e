//! The declaration macros: [`request!`](crate::request), [`structure!`](crate::structure) and
//! [`enumeration!`](crate::enumeration).
//!
//! One declaration is the one place where a parameter's name, type, bounds and meaning stand.

/// Declares the request of an action: its struct, its decoder and its [`ActionSpec`](crate::query::ActionSpec).
///
/// The struct's name is the action's. A field's type says whether it is required (`T`), optional (`Option<T>`) or a
/// list (`Vec<T>`, required when its bounds ask for an item). Three sections may follow the fields: `groups` includes
/// shared members, `accepted` names parameters that are checked and have no effect, `refused` those that are not
/// offered, unless with a value listed in `except`.
///
/// ```
/// use aws_wire::query::{Bounds, Call, DryRun};
/// use model::id::{SubnetId, VpcId};
///
/// aws_wire::request! {
///     /// Creates something in a VPC.
///     pub struct CreateThing(Ec2, "EC2 API reference, CreateThing") {
///         /// The VPC that gets it.
///         vpc_id: VpcId = "VpcId",
///         /// Subnets, one per zone.
///         subnet_ids: Vec<SubnetId> = "SubnetId" [Bounds::items(0, 16)],
///     }
///     groups {
///         /// Whether to stop before the change.
///         dry_run: DryRun,
///     }
///     refused {
///         /// Only IPv4 is carried.
///         "IpAddressType" except ["ipv4"]: Option<String>,
///     }
/// }
///
/// let form = b"Action=CreateThing&Version=2016-11-15&VpcId=vpc-0123456789abcdef0&IpAddressType=ipv4";
/// let call = Call::parse(aws_wire::Service::Ec2, "", form)?;
/// let request: CreateThing = call.decode()?;
/// assert!(request.subnet_ids.is_empty() && !request.dry_run.0);
/// # Ok::<(), aws_wire::ApiError>(())
/// ```
#[macro_export]
macro_rules! request {
    (
        $(#[doc = $doc:literal])+
        $vis:vis struct $name:ident($service:ident, $source:literal) { $($fields:tt)* }
        $($sections:tt)*
    ) => {
        $crate::__members! {
            { $(#[doc = $doc])+ $vis struct $name, $source }
            { $($fields)* } $($sections)*
        }

        impl $crate::query::Request for $name {
            const ACTION: $crate::query::ActionSpec = $crate::query::ActionSpec {
                service: $crate::Service::$service,
                name: ::core::stringify!($name),
                docs: ::core::concat!($($doc),+).trim_ascii(),
                source: $source,
                params: <Self as $crate::query::Members>::SPEC,
            };
        }
    };
}

/// Declares a structure that requests contain, with the fields and sections of [`request!`](crate::request).
///
/// It can be used as a field's type (`T`, `Option<T>`, `Vec<T>`) and as a group.
#[macro_export]
macro_rules! structure {
    (
        $(#[doc = $doc:literal])+
        $vis:vis struct $name:ident($source:literal) { $($fields:tt)* }
        $($sections:tt)*
    ) => {
        $crate::__members! {
            { $(#[doc = $doc])+ $vis struct $name, $source }
            { $($fields)* } $($sections)*
        }

        impl $crate::query::Value for $name {
            const KIND: $crate::query::Kind =
                $crate::query::Kind::Structure(&<Self as $crate::query::Members>::SPEC);

            fn decode(
                params: $crate::query::Params,
                path: &$crate::query::Path<'_>,
                _bounds: &$crate::query::Bounds,
            ) -> ::core::result::Result<::core::option::Option<Self>, $crate::ApiError> {
                let mut reader = $crate::query::Reader::new(params, path)?;
                let value = <Self as $crate::query::Members>::read(&mut reader)?;
                reader.finish()?;
                ::core::result::Result::Ok(::core::option::Option::Some(value))
            }

            fn mention(&self, found: &mut $crate::query::Mentions) {
                <Self as $crate::query::Members>::mention(self, found);
            }
        }
    };
}

/// What [`request!`](crate::request) and [`structure!`](crate::structure) have in common.
#[doc(hidden)]
#[macro_export]
macro_rules! __members {
    (
        { $(#[doc = $doc:literal])+ $vis:vis struct $name:ident, $source:literal }
        { $(
            $(#[doc = $field_doc:literal])+
            $field:ident: $type:ty = $wire:literal $([$bounds:expr])?
        ),* $(,)? }
        $(groups { $(
            $(#[doc = $group_doc:literal])+
            $group:ident: $group_type:ty
        ),* $(,)? })?
        $(accepted { $(
            $(#[doc = $accepted_doc:literal])+
            $accepted_wire:literal: $accepted_type:ty
        ),* $(,)? })?
        $(refused { $(
            $(#[doc = $refused_doc:literal])+
            $refused_wire:literal $(except [$($except:literal),+ $(,)?])?: $refused_type:ty
        ),* $(,)? })?
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, PartialEq, Eq)]
        $vis struct $name {
            $( $(#[doc = $field_doc])+ $vis $field: $type, )*
            $($( $(#[doc = $group_doc])+ $vis $group: $group_type, )*)?
        }

        impl $crate::query::Members for $name {
            const SPEC: $crate::query::MembersSpec = $crate::query::MembersSpec {
                members: &[
                    $( $crate::__param!(
                        $wire, $type, $crate::__bounds!($($bounds)?),
                        $crate::query::Status::Implemented, $source, $($field_doc),+
                    ), )*
                    $($( $crate::__param!(
                        $accepted_wire, $accepted_type, $crate::query::Bounds::NONE,
                        $crate::query::Status::AcceptedWithoutEffect, $source, $($accepted_doc),+
                    ), )*)?
                    $($( $crate::__param!(
                        $refused_wire, $refused_type, $crate::query::Bounds::NONE,
                        $crate::query::Status::Refused { except: &[$($($except),+)?] },
                        $source, $($refused_doc),+
                    ), )*)?
                ],
                groups: &[$($( &<$group_type as $crate::query::Members>::SPEC, )*)?],
            };

            fn read(
                reader: &mut $crate::query::Reader<'_>,
            ) -> ::core::result::Result<Self, $crate::ApiError> {
                let value = Self {
                    $( $field: reader.field($wire, &$crate::__bounds!($($bounds)?))?, )*
                    $($( $group: <$group_type as $crate::query::Members>::read(reader)?, )*)?
                };
                $($( reader.field::<$accepted_type>(
                    $accepted_wire,
                    &$crate::query::Bounds::NONE,
                )?; )*)?
                $($( reader.refuse(
                    $refused_wire,
                    &[$($($except),+)?],
                    ::core::concat!($($refused_doc),+).trim_ascii(),
                )?; )*)?
                ::core::result::Result::Ok(value)
            }

            #[allow(
                unused_variables,
                reason = "a declaration without fields of its own names nothing"
            )]
            fn mention(&self, found: &mut $crate::query::Mentions) {
                $( found.within($wire, |found| {
                    $crate::query::Field::mention(&self.$field, found);
                }); )*
                $($( $crate::query::Members::mention(&self.$group, found); )*)?
            }
        }
    };
}

/// One [`ParamSpec`](crate::query::ParamSpec).
#[doc(hidden)]
#[macro_export]
macro_rules! __param {
    ($wire:literal, $type:ty, $bounds:expr, $status:expr, $source:literal, $($doc:literal),+) => {
        $crate::query::ParamSpec {
            wire_name: $wire,
            kind: <$type as $crate::query::Field>::KIND,
            presence: <$type as $crate::query::Field>::PRESENCE,
            bounds: $bounds,
            status: $status,
            docs: ::core::concat!($($doc),+).trim_ascii(),
            source: $source,
        }
    };
}

/// The declared bounds, or none.
#[doc(hidden)]
#[macro_export]
macro_rules! __bounds {
    () => {
        $crate::query::Bounds::NONE
    };
    ($bounds:expr) => {
        $bounds
    };
}

/// Declares an enumeration of texts, for requests and responses alike.
///
/// ```
/// aws_wire::enumeration! {
///     /// Who may reach a load balancer.
///     pub enum Scheme {
///         /// From the Internet.
///         InternetFacing = "internet-facing",
///         /// From inside the VPC.
///         Internal = "internal",
///     }
/// }
/// assert_eq!(Scheme::Internal.as_str(), "internal");
/// ```
#[macro_export]
macro_rules! enumeration {
    (
        $(#[doc = $doc:literal])+
        $vis:vis enum $name:ident { $( $(#[doc = $variant_doc:literal])+ $variant:ident = $text:literal ),+ $(,)? }
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        $vis enum $name { $( $(#[doc = $variant_doc])+ $variant, )+ }

        impl $name {
            /// As on the wire.
            $vis const fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $text, )+ }
            }
        }

        impl $crate::query::Scalar for $name {
            const KIND: $crate::query::Kind = $crate::query::Kind::Enumeration(&[$($text),+]);

            fn parse(
                text: &str,
                path: &$crate::query::Path<'_>,
                _bounds: &$crate::query::Bounds,
            ) -> ::core::result::Result<Self, $crate::ApiError> {
                match text {
                    $( $text => ::core::result::Result::Ok(Self::$variant), )+
                    _ => ::core::result::Result::Err(
                        $crate::query::Constraint::OneOf(&[$($text),+]).broken(path, text),
                    ),
                }
            }
        }

        impl $crate::xml::ToXml for $name {
            fn to_xml(&self, content: &mut $crate::xml::Content<'_>) {
                content.text(self.as_str());
            }
        }
    };
}
