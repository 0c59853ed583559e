//! Brings one host to the planned state, and keeps it there.
//!
//! The host layer, each module one kind of thing the kernel holds for an installation:
//! - [`names`]: what an installation's things are called, so that several live side by side;
//! - [`netns`]: persistent network namespaces, and running code inside of one;
//! - [`net`]: the fabric namespace's devices and routes, and the links of workloads;
//! - [`instance`]: an instance's processes, its console and commands run inside of it;
//! - [`probe`]: TCP and HTTP health checks from inside the fabric;
//! - [`teardown`]: nothing of an installation is left.
//!
//! Above it, what follows the state: [`reconcile`] (the main loop), instances as wished, the
//! kernel's [`programs`] and the resolver; and [`link`], by which the state comes and reports go.
//!
//! Every function brings one thing to a wanted state, may be called again at any time, and each
//! kind can be listed. So a restarted process adopts what it finds and removes what is not wanted;
//! nothing is known only to the process that made it.

#![forbid(unsafe_code)]

mod health;
pub mod instance;
pub mod link;
pub mod names;
pub mod net;
pub mod netns;
pub mod probe;
pub mod programs;
pub mod reconcile;
pub mod resolver;
pub mod teardown;
mod workloads;
