//! Who asks.

use contract::{AppError, ErrorKind};
use domain::id::{ApiKeyId, CompanyId, DepartmentId, UserId};
use domain::policy::{self, Gate, Permission, Reach, Role};

use store::audit::Origin;
use store::jobs::Lease;

use crate::{Error, Result};

#[derive(Debug, Clone, PartialEq)]
pub enum Actor {
    Person {
        id: UserId,
        role: Role,
        /// Hash of the token of the session in which they act.
        session: String,
    },
    Key {
        id: ApiKeyId,
        /// Under which stamp the key was found to be in force.
        stamp: i64,
    },
    /// Work that was put off. It may do what its kind names, and within its reach only.
    Job {
        lease: Lease,
        holds: &'static [Permission],
        /// Under whose id the work is recorded.
        asked_by: String,
    },
    /// A command at the server's own shell.
    System,
}

impl Actor {
    /// Kind and id for the audit log.
    pub fn for_audit(&self) -> (&'static str, Option<String>) {
        match self {
            Actor::Person { id, .. } => ("person", Some(id.to_string())),
            Actor::Key { id, .. } => ("key", Some(id.to_string())),
            Actor::Job { lease, .. } => ("job", Some(lease.job.to_string())),
            Actor::System => ("system", None),
        }
    }

    /// The id under which work is recorded.
    pub fn name(&self) -> String {
        match self {
            Actor::Job { asked_by, .. } => asked_by.clone(),
            Actor::Person { .. } | Actor::Key { .. } | Actor::System => {
                self.for_audit().1.unwrap_or_else(|| "system".into())
            }
        }
    }
}

#[derive(Debug, Clone)]
pub struct Caller {
    pub actor: Actor,
    pub reach: Reach,
    /// The company for which the caller works; `None` for the system.
    pub company: Option<CompanyId>,
    pub department: Option<DepartmentId>,
    /// What the person has to do first.
    pub gate: Option<Gate>,
    /// Of which request; the session is filled in from the actor.
    pub origin: Origin,
}

impl Caller {
    pub fn system() -> Caller {
        Caller {
            actor: Actor::System,
            reach: Reach::Operator,
            company: None,
            department: None,
            gate: None,
            origin: Origin::default(),
        }
    }

    pub fn holds(&self, permission: Permission) -> bool {
        match &self.actor {
            Actor::Person { role, .. } => policy::allows(*role, self.reach, permission),
            Actor::Key { .. } => policy::api_key_allows(permission),
            Actor::Job { holds, .. } => holds.contains(&permission),
            Actor::System => true,
        }
    }

    pub fn require(&self, permission: Permission) -> Result<()> {
        if let Some(gate) = self.gate.filter(|g| *g == Gate::Password) {
            return Err(Error::Refused(AppError::gated(gate)));
        }
        if self.holds(permission) {
            return match self.gate.filter(|g| g.closes(permission)) {
                Some(gate) => Err(Error::Refused(AppError::gated(gate))),
                None => Ok(()),
            };
        }
        Err(Error::refused(ErrorKind::Forbidden, "Your role does not allow this. Ask an administrator if you need it."))
    }

    /// The person who asks; integrations and commands are refused.
    pub fn person(&self) -> Result<(UserId, Role, &str)> {
        match &self.actor {
            Actor::Person { id, role, session } => Ok((*id, *role, session)),
            Actor::Key { .. } | Actor::Job { .. } | Actor::System => {
                Err(Error::refused(ErrorKind::Forbidden, "Only a person who is signed in can do this."))
            }
        }
    }

    /// The company that the caller's reach ends with; `None` where it covers all.
    pub fn reach_company(&self) -> Option<CompanyId> {
        match self.reach {
            Reach::Operator => None,
            Reach::Company(own) => Some(own),
        }
    }

    /// The company in which the caller enters claims.
    pub fn own_company(&self) -> Result<CompanyId> {
        self.company
            .ok_or_else(|| Error::refused(ErrorKind::Forbidden, "This is done for a company, and you belong to none."))
    }
}
