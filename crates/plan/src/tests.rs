//! Tests of the compiler: situations with their meaning in tables and names, and laws over random histories.

mod balancers;
mod histories;
mod private_names;
mod probes;
mod situations;
mod world;
