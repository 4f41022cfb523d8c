//! The claims handler's room: answers to what documents say, offers, authority, own estimates, assessed heads, the
//! diary, bookmarks, contests; what people say of themselves and wish.

use crate::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        added(manager).await?;
        let tables = [
            (
                "offers",
                vec![
                    text("company_id"),
                    text("claim_id"),
                    text("side"),
                    text("state"),
                    long("amount_pence"),
                    text_null("expires_on"),
                    text("sealed"),
                    int("version"),
                    text("made_by"),
                    long("made_at"),
                    text_null("ended_by"),
                    long_null("ended_at"),
                ],
            ),
            (
                "authorities",
                vec![
                    text("company_id"),
                    text("holder"),
                    long_null("limit_pence"),
                    text("since"),
                    text("set_by"),
                    long("set_at"),
                ],
            ),
            (
                "estimates",
                vec![
                    text("company_id"),
                    text("claim_id"),
                    text("reason"),
                    text("user_id"),
                    long("amount_pence"),
                    long_null("predicted_pence"),
                    long("given_at"),
                ],
            ),
            (
                "assessments",
                vec![text("company_id"), text("claim_id"), text("sealed"), text("made_by"), long("made_at")],
            ),
            (
                "diary",
                vec![
                    text("company_id"),
                    text("claim_id"),
                    text("user_id"),
                    text("sealed"),
                    text("due_on"),
                    text("made_by"),
                    long("made_at"),
                    text_null("done_by"),
                    long_null("done_at"),
                ],
            ),
            (
                "bookmarks",
                vec![
                    text("company_id"),
                    text("user_id"),
                    text("claim_id"),
                    text("sealed"),
                    flag("shared"),
                    long("made_at"),
                ],
            ),
            (
                "contests",
                vec![
                    text("company_id"),
                    text("claim_id"),
                    text("state"),
                    text("sealed"),
                    text("received_on"),
                    text("decided_by"),
                    text("entered_by"),
                    long("entered_at"),
                    text_null("ended_by"),
                    long_null("ended_at"),
                ],
            ),
        ];
        for (name, columns) in tables {
            let mut table = keyed(name, "id");
            for column in columns {
                table.col(column);
            }
            manager.create_table(table).await?;
        }
        for (table, columns, unique) in [
            ("offers", &["claim_id", "made_at"][..], false),
            ("authorities", &["company_id", "holder", "since"], false),
            ("estimates", &["claim_id"], true),
            ("estimates", &["company_id", "given_at"], false),
            ("contests", &["company_id", "state"], false),
            ("assessments", &["claim_id", "made_at"], false),
            ("diary", &["user_id", "done_at", "due_on"], false),
            ("diary", &["claim_id"], false),
            ("bookmarks", &["user_id", "claim_id"], true),
            ("bookmarks", &["company_id", "shared", "made_at"], false),
            ("contests", &["claim_id"], false),
        ] {
            index(manager, table, columns, unique).await?;
        }
        Ok(())
    }
}

async fn added(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    for (table, column) in [
        ("candidates", text("state").default("proposed").to_owned()),
        ("candidates", int("version").default(1).to_owned()),
        ("candidates", text_null("answered_by")),
        ("candidates", long_null("answered_at")),
        ("documents", flag("report").default(false).to_owned()),
        ("documents", text("scan").default("not_scanned").to_owned()),
        ("notifications", text_null("cause")),
        ("users", text_null("profile")),
        ("users", text_null("wishes")),
        ("users", text_null("tutorial")),
        ("companies", text_null("wishes")),
    ] {
        manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
    }
    Ok(())
}
