//! Who is signed in, and what concerns them alone.

use crate::when::Instant;
use domain::id::{CompanyId, UserId};
use domain::policy::{self, Gate, Permission, Reach, Role};
use serde::{Deserialize, Serialize};

/// The signed-in person, as the shell shows them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Viewer {
    pub user_id: UserId,
    pub name: String,
    pub email: String,
    pub role: Role,
    pub reach: Reach,
    pub company_id: CompanyId,
    pub company_name: String,
    pub gate: Option<Gate>,
    pub unread: u64,
    /// How much waits behind a page of the navigation: its path and a number above 0.
    pub waiting: Vec<(String, u64)>,
}

impl Viewer {
    pub fn may(&self, permission: Permission) -> bool {
        policy::allows(self.role, self.reach, permission)
    }
}

/// Something a person is told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotificationView {
    pub text: String,
    pub href: String,
    pub at: Instant,
    pub read: bool,
}

/// What the first page needs to know before anybody has signed in.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Welcome {
    pub signed_in: bool,
    /// Nobody can sign in yet: the first administrator is to be made with the link the server printed.
    pub needs_setup: bool,
    pub demo: bool,
}

/// Whose link it is by which a password is chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationView {
    pub name: String,
    pub email: String,
    pub company: String,
}
