use super::{Exit, Refused, with_causes};
use crate::config::{self, User};
use crate::text::Source;
use crate::value::Environment;
use crate::world;

/// Returns what the user's own `config.toml` says, in their configuration directory; without one, nothing.
pub fn user(environment: &Environment) -> Result<User, Refused> {
    let Some(path) = environment.config().map(|directory| directory.join(config::USER_FILE)) else {
        return Ok(User::default());
    };
    let source = match world::read(&path) {
        Ok(bytes) => Source::new(bytes),
        Err(error) if error.is_not_found() => return Ok(User::default()),
        Err(error) => return Err(Refused::new(Exit::Usage, &with_causes(&error), None)),
    };
    let name = path.display().to_string();
    config::parse_user(source.text())
        .map_err(|mistake| Refused::of_mistake(Exit::Usage, &name, &source, &mistake))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Mode;
    use crate::world::Scratch;

    fn check(text: &str) -> (Result<User, Refused>, String) {
        let home = Scratch::new(&[("pin/config.toml", text)]).unwrap();
        let environment = Environment::new([("XDG_CONFIG_HOME".into(), home.path().into())]);
        (user(&environment), home.path().join("pin/config.toml").display().to_string())
    }

    #[test]
    fn the_users_own_file_is_found_and_its_mistakes_have_a_place() {
        assert_eq!(user(&Environment::default()), Ok(User::default()));
        let elsewhere = Environment::new([("HOME".into(), "/nowhere".into())]);
        assert_eq!(user(&elsewhere), Ok(User::default()));
        assert_eq!(check("[engine]\nmode = 'remote'\n").0.unwrap().mode, Some(Mode::Remote));
        let (refused, path) = check("[engine]\nmode = 'docker'\n");
        let refused = refused.unwrap_err();
        assert_eq!(refused.exit, Exit::Usage);
        assert!(refused.stderr.contains(&format!("{path}:2:8\n")), "{}", refused.stderr);
    }
}
