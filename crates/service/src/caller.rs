//! Who asks.

use contract::ErrorKind;
use domain::id::{ApiKeyId, CompanyId, DepartmentId, UserId};
use domain::policy::{self, Permission, Reach, Role};

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
    },
    /// A command at the server's own shell.
    System,
}

impl Actor {
    /// Kind and id for the audit log.
    pub fn for_audit(&self) -> (&'static str, Option<String>) {
        match self {
            Actor::Person { id, .. } => ("person", Some(id.to_string())),
            Actor::Key { id } => ("key", Some(id.to_string())),
            Actor::System => ("system", None),
        }
    }

    /// The id under which work is recorded.
    pub fn name(&self) -> String {
        self.for_audit().1.unwrap_or_else(|| "system".into())
    }
}

#[derive(Debug, Clone)]
pub struct Caller {
    pub actor: Actor,
    pub reach: Reach,
    /// The company for which the caller works; `None` for the system.
    pub company: Option<CompanyId>,
    pub department: Option<DepartmentId>,
    pub must_change_password: bool,
    pub policy_acknowledged: bool,
}

impl Caller {
    pub fn system() -> Caller {
        Caller {
            actor: Actor::System,
            reach: Reach::Operator,
            company: None,
            department: None,
            must_change_password: false,
            policy_acknowledged: true,
        }
    }

    pub fn holds(&self, permission: Permission) -> bool {
        match &self.actor {
            Actor::Person { role, .. } => policy::allows(*role, self.reach, permission),
            Actor::Key { .. } => policy::api_key_allows(permission),
            Actor::System => true,
        }
    }

    pub fn require(&self, permission: Permission) -> Result<()> {
        if self.must_change_password {
            return Err(Error::refused(ErrorKind::Forbidden, "Change your first password before anything else."));
        }
        if self.holds(permission) {
            return Ok(());
        }
        let (kind, id) = self.actor.for_audit();
        tracing::warn!(actor = kind, id, ?permission, "refused");
        Err(Error::refused(ErrorKind::Forbidden, "Your role does not allow this. Ask an administrator if you need it."))
    }

    /// The person who asks; integrations and commands are refused.
    pub fn person(&self) -> Result<(UserId, Role, &str)> {
        match &self.actor {
            Actor::Person { id, role, session } => Ok((*id, *role, session)),
            Actor::Key { .. } | Actor::System => {
                Err(Error::refused(ErrorKind::Forbidden, "Only a person who is signed in can do this."))
            }
        }
    }

    /// The company in which the caller enters claims.
    pub fn own_company(&self) -> Result<CompanyId> {
        self.company
            .ok_or_else(|| Error::refused(ErrorKind::Forbidden, "This is done for a company, and you belong to none."))
    }
}
