//! The reader shuts itself in before it opens a document: it and every program that it runs can read that file and the
//! system's programs and typefaces, and nothing else; write nowhere; open no socket; send no signal out; and use so
//! much memory and time. Linux alone has what this needs (Landlock and seccomp); elsewhere documents are kept and not
//! read.

use std::path::Path;

/// Why the reader could not be shut in.
#[derive(Debug, thiserror::Error)]
#[error("the reader cannot be shut in: {0}")]
pub struct Unavailable(String);

/// Of memory in bytes and of the processor's time in seconds, for each process.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    pub memory: u64,
    pub seconds: u64,
}

impl Default for Bounds {
    fn default() -> Bounds {
        // Recognising three minutes of speech takes most of one of the processor's; what takes longer than it may is ended by the
        // clock before.
        Bounds { memory: 1 << 30, seconds: 120 }
    }
}

/// Shuts this thread in, and with it what it starts, for good. `file` stays readable.
///
/// # Errors
///
/// Where the kernel does not offer it in full: then nothing may be read here.
#[cfg(target_os = "linux")]
pub fn enter(file: &Path, bounds: Bounds) -> Result<(), Unavailable> {
    limits(bounds).map_err(|e| Unavailable(e.to_string()))?;
    files(file).map_err(|e| Unavailable(e.to_string()))?;
    calls().map_err(|e| Unavailable(e.to_string()))
}

/// The same inside of bubblewrap, which has taken files and network away already: what is left is bounds and calls.
///
/// # Errors
///
/// Where the kernel does not offer it.
#[cfg(target_os = "linux")]
pub fn enter_inside(bounds: Bounds) -> Result<(), Unavailable> {
    limits(bounds).map_err(|e| Unavailable(e.to_string()))?;
    calls().map_err(|e| Unavailable(e.to_string()))
}

#[cfg(not(target_os = "linux"))]
pub fn enter_inside(_: Bounds) -> Result<(), Unavailable> {
    Err(Unavailable("this system has no seccomp".into()))
}

#[cfg(not(target_os = "linux"))]
pub fn enter(_: &Path, _: Bounds) -> Result<(), Unavailable> {
    Err(Unavailable("this system has no Landlock".into()))
}

#[cfg(target_os = "linux")]
fn limits(bounds: Bounds) -> std::io::Result<()> {
    use rlimit::{Resource, setrlimit};
    // Whoever asked is gone: nobody would take the answer.
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    setrlimit(Resource::AS, bounds.memory, bounds.memory)?;
    setrlimit(Resource::CPU, bounds.seconds, bounds.seconds + 1)?;
    setrlimit(Resource::CORE, 0, 0)?;
    setrlimit(Resource::NOFILE, 64, 64)
}

/// What programs and their libraries need; nothing of it is anybody's data.
pub const SYSTEM: &[&str] = &[
    "/usr/bin",
    "/usr/lib",
    "/usr/local/lib",
    "/usr/share",
    "/bin",
    "/lib",
    "/lib64",
    "/etc/fonts",
    "/etc/ld.so.cache",
    "/etc/ld.so.preload",
    "/dev/null",
    "/dev/urandom",
];

#[cfg(target_os = "linux")]
fn files(file: &Path) -> Result<(), Box<dyn std::error::Error>> {
    use landlock::{
        ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr,
        RulesetCreatedAttr, RulesetStatus, Scope, path_beneath_rules,
    };
    // The first three versions are what must be there: files, renaming, truncation. What later ones add (network,
    // signals) the list below refuses too.
    let (least, newest) = (ABI::V3, ABI::V6);
    let status = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(least))?
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(newest))?
        .handle_access(AccessNet::from_all(newest))?
        .scope(Scope::from_all(newest))?
        .create()?
        .add_rules(path_beneath_rules(SYSTEM, AccessFs::from_read(least)))?
        .add_rule(PathBeneath::new(PathFd::new("/dev/null")?, AccessFs::WriteFile))?
        .add_rule(PathBeneath::new(PathFd::new(file)?, AccessFs::ReadFile))?
        .restrict_self()?;
    if status.ruleset == RulesetStatus::NotEnforced || !status.no_new_privs {
        return Err("Landlock is switched off".into());
    }
    Ok(())
}

/// System calls that a reader of documents has no use for.
#[cfg(target_os = "linux")]
#[rustfmt::skip]
const REFUSED: &[libc::c_long] = &[
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_sendto,
    libc::SYS_sendmsg,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_kill, libc::SYS_tkill, libc::SYS_tgkill, libc::SYS_rt_sigqueueinfo, libc::SYS_rt_tgsigqueueinfo,
    libc::SYS_pidfd_send_signal, libc::SYS_pidfd_open, libc::SYS_pidfd_getfd, libc::SYS_sendmmsg, libc::SYS_recvmmsg,
    libc::SYS_shmget, libc::SYS_shmat, libc::SYS_msgget, libc::SYS_semget, libc::SYS_mq_open,
    libc::SYS_open_by_handle_at, libc::SYS_name_to_handle_at, libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_kexec_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_userfaultfd,
    libc::SYS_setuid,
    libc::SYS_setgid,
    libc::SYS_setpriority,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_acct,
];

#[cfg(target_os = "linux")]
fn calls() -> Result<(), Box<dyn std::error::Error>> {
    use seccompiler::{
        BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
        apply_filter,
    };
    let mut rules: std::collections::BTreeMap<i64, Vec<SeccompRule>> =
        REFUSED.iter().map(|call| (*call, Vec::new())).collect();
    // Its own limits alone: another process's are not its own to set.
    let of_others = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, 0)?;
    rules.insert(libc::SYS_prlimit64, vec![SeccompRule::new(vec![of_others])?]);
    // The same calls by the numbers of x32, where a kernel has those.
    if cfg!(target_arch = "x86_64") {
        let again: Vec<_> = rules.iter().map(|(call, rules)| (call | 0x4000_0000, rules.clone())).collect();
        rules.extend(again);
    }
    let refuse = SeccompAction::Errno(u32::try_from(libc::EPERM)?);
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, refuse, std::env::consts::ARCH.try_into()?)?;
    let program: BpfProgram = filter.try_into()?;
    Ok(apply_filter(&program)?)
}
