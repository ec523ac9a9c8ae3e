//! `latchkey users`: creates the first administrator, and helps when nobody can sign in.

use std::io;

use clap::{Args, Subcommand};
use secrecy::SecretString;

use super::{Failure, database, output};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::migrations;
use crate::features::audit::domain::Cause;
use crate::features::auth::application::grant_enrolment;
use crate::features::enrolment::application::reset_factors_at_once;
use crate::features::sessions::application::{Which, end};
use crate::features::sessions::domain::EndReason;
use crate::features::users::application::{Author, Requested, find_by_email, register, update};
use crate::features::users::domain::{Email, NewPassword, Role, User};
use crate::state::{App, AppState};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Create an account; asks for its password.
    Create(Create),
    /// Make an account an administrator.
    Promote(Whose),
    /// Deactivate an account and end its sessions.
    Deactivate(Whose),
    /// Let a deactivated account sign in again.
    Reactivate(Whose),
    /// End all sessions of an account.
    SignOut(Whose),
    /// Print a code by which somebody with the right password can set up the second factor that they need,
    /// once and within 24 hours; for those whom no mail reaches.
    EnrolmentCode(Whose),
    /// Remove the second factor and the passkeys of an account at once, and end its sessions.
    ResetFactors(ResetFactors),
}

#[derive(Debug, Args)]
pub struct Create {
    /// The address.
    #[arg(long)]
    email: Email,
    /// Make it an administrator.
    #[arg(long)]
    admin: bool,
    /// Read the password from standard input, up to the end of the line.
    #[arg(long)]
    password_stdin: bool,
}

#[derive(Debug, Args)]
pub struct ResetFactors {
    /// The account's address.
    #[arg(long)]
    email: Email,
    /// Why, for the audit trail; at most 200 characters.
    #[arg(long, value_parser = read_reason)]
    reason: String,
}

fn read_reason(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 200 || text.chars().any(char::is_control) {
        return Err("say in 1 to 200 characters why".into());
    }
    Ok(text.to_owned())
}

#[derive(Debug, Args)]
pub struct Whose {
    /// The account's address.
    #[arg(long)]
    email: Email,
}

/// Runs the command on the database, whether or not a service is running.
pub fn run(config: Config, command: Command) -> Result<(), Failure> {
    let password = match &command {
        Command::Create(create) => Some(read_password(create)?),
        _ => None,
    };
    let reached = database::attach(&config.storage())?;
    // Ending sessions is for emergencies and must not migrate the database beside a running
    // service.
    if !matches!(command, Command::SignOut(_)) {
        migrations::run(&reached.direct)?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let done = runtime.block_on(async {
        let app = App::new(config, &reached.url, Clock::default())?;
        app.db.open();
        perform(&app, command, password).await
    });
    output::print(done?)
}

async fn perform(
    app: &AppState,
    command: Command,
    password: Option<NewPassword>,
) -> Result<String, Failure> {
    let change = match command {
        Command::Create(create) => {
            let password = password.ok_or("a password is needed")?;
            let role = if create.admin {
                Role::Admin
            } else {
                Role::User
            };
            let user = register(app, create.email, password, role, cause()).await?;
            return Ok(format!("Created {} with id {}.", user.email, user.id));
        }
        Command::SignOut(whose) => {
            let user = find(app, whose.email).await?;
            let which = Which::All { user_id: user.id };
            let count = end(app, which, EndReason::EndedByAdministrator, cause()).await?;
            return Ok(format!("Ended {count} sessions of {}.", user.email));
        }
        Command::EnrolmentCode(whose) => {
            let user = find(app, whose.email).await?;
            let email = user.email.clone();
            let code = grant_enrolment(app, user, cause()).await?;
            let (first, second) = code.split_at(4);
            return Ok(format!(
                "{first} {second} lets {email} set up a second factor."
            ));
        }
        Command::ResetFactors(reset) => {
            let user = find(app, reset.email).await?;
            let because = Cause {
                user_agent: format!("{}: {}", cause().user_agent, reset.reason),
                ..cause()
            };
            reset_factors_at_once(app, user.id, because).await?;
            return Ok(format!(
                "{} signs in with the password alone now.",
                user.email
            ));
        }
        Command::Promote(whose) => (whose, Some(Role::Admin), None),
        Command::Deactivate(whose) => (whose, None, Some(false)),
        Command::Reactivate(whose) => (whose, None, Some(true)),
    };
    let (whose, role, is_active) = change;
    let user = find(app, whose.email).await?;
    let requested = Requested {
        role,
        is_active,
        ..Requested::default()
    };
    let user = update(app, user.id, requested, Author::Operator, cause()).await?;
    let state = if user.is_active {
        "active"
    } else {
        "deactivated"
    };
    let role = user.role.as_str();
    Ok(format!("{} is {state}, with the role {role}.", user.email))
}

async fn find(app: &AppState, email: Email) -> Result<User, Failure> {
    let wanted = email.clone();
    let found = app
        .db
        .read(move |conn| find_by_email(conn, &wanted))
        .await?;
    found.ok_or_else(|| format!("there is no account with the address {email}").into())
}

fn cause() -> Cause {
    Cause {
        user_agent: concat!("latchkey command line ", env!("CARGO_PKG_VERSION")).into(),
        ..Cause::default()
    }
}

fn read_password(create: &Create) -> Result<NewPassword, Failure> {
    let typed: SecretString = if create.password_stdin {
        let mut line = String::new();
        io::stdin().read_line(&mut line)?;
        line.trim_end_matches(['\r', '\n']).into()
    } else {
        rpassword::prompt_password(format!("Password for {}: ", create.email))?.into()
    };
    Ok(NewPassword::parse(&typed, Some(&create.email))?)
}
