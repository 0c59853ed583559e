//! The calls of libbpf that no safe wrapper covers: all the unsafe code of Adit.

#![expect(unsafe_code, reason = "calls into C; each says why it is sound")]

use std::ffi::CStr;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::ptr;

use libbpf_rs::{MapCore, MapHandle};
use zerocopy::{FromBytes, IntoBytes};

/// Room for the token by which the kernel goes on with a map: a bucket's number or a key.
pub(crate) const TOKEN_SIZE: usize = 64;
/// See [`TOKEN_SIZE`].
pub(crate) type Token = [u8; TOKEN_SIZE];

/// What [`lookup_batch`] read.
pub(crate) struct Looked {
    /// Entries at the beginning of the slices that were filled.
    pub(crate) count: usize,
    /// There are no more.
    pub(crate) is_last: bool,
}

/// Attaches a program to tc ingress of a device in the current network namespace. The link lasts as
/// long as its descriptor or a pin. `EINVAL`: the kernel has no TCX.
pub(crate) fn create_tcx_link(program: BorrowedFd<'_>, ifindex: u32) -> io::Result<OwnedFd> {
    // SAFETY: takes numbers, and a null pointer that stands for default options.
    let fd = unsafe {
        libbpf_sys::bpf_link_create(
            program.as_raw_fd(),
            ifindex.cast_signed(),
            libbpf_sys::BPF_TCX_INGRESS,
            ptr::null(),
        )
    };
    check(fd)?;
    // SAFETY: the kernel has just made this descriptor for us, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Makes a link, program or map outlive its descriptors, under a path in bpffs.
pub(crate) fn pin(fd: BorrowedFd<'_>, path: &CStr) -> io::Result<()> {
    // SAFETY: `path` ends with a zero and outlives the call.
    check(unsafe { libbpf_sys::bpf_obj_pin(fd.as_raw_fd(), path.as_ptr()) })
}

/// Reads entries that follow `after` (`None`: from the start) and moves `next` on. `ENOSPC`: the
/// slices are too short for what the kernel must answer at once. `EINVAL`: the map's keys or values
/// have other sizes than these, or keys do not fit into a token.
pub(crate) fn lookup_batch<K, V>(
    map: &MapHandle,
    after: Option<&Token>,
    next: &mut Token,
    keys: &mut [K],
    values: &mut [V],
) -> io::Result<Looked>
where
    K: FromBytes + IntoBytes,
    V: FromBytes + IntoBytes,
{
    let sizes = (map.key_size() as usize, map.value_size() as usize);
    if sizes != (size_of::<K>(), size_of::<V>()) || size_of::<K>() > TOKEN_SIZE {
        return Err(io::Error::from_raw_os_error(nix::libc::EINVAL));
    }
    let mut count = u32::try_from(keys.len().min(values.len())).unwrap_or(u32::MAX);
    let mut after = after.copied();
    let after = after
        .as_mut()
        .map_or(ptr::null_mut(), |token| token.as_mut_ptr());
    // SAFETY: both slices have room for `count` entries of the map's sizes, and the tokens for its
    // largest key, so the kernel writes inside of them; any bytes are a valid `K` and `V`; all
    // pointers outlive the call; null options stand for the default ones.
    let status = unsafe {
        libbpf_sys::bpf_map_lookup_batch(
            map.as_fd().as_raw_fd(),
            after.cast(),
            next.as_mut_ptr().cast(),
            keys.as_mut_ptr().cast(),
            values.as_mut_ptr().cast(),
            &raw mut count,
            ptr::null(),
        )
    };
    let is_last = status == -nix::libc::ENOENT;
    if !is_last {
        check(status)?;
    }
    Ok(Looked {
        count: count as usize,
        is_last,
    })
}

/// libbpf answers with a negated error number.
fn check(status: i32) -> io::Result<()> {
    if status < 0 {
        return Err(io::Error::from_raw_os_error(-status));
    }
    Ok(())
}
