use clap::{Args, ValueEnum};

use crate::command::{self, Common, EnvOptions, Outcome};
use crate::report::Shell;

#[derive(Debug, Args)]
pub(super) struct Env {
    /// Who reads it; without it the shell that `$SHELL` names
    #[arg(long, value_name = "SHELL")]
    shell: Option<Word>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Word {
    /// bash and every other POSIX shell: `eval "$(pin env)"`
    Bash,
    /// zsh: `eval "$(pin env)"`
    Zsh,
    /// fish: `pin env | source`
    Fish,
    /// A `.env` file
    Dotenv,
    /// GitHub Actions: `pin env --shell github >> "$GITHUB_ENV"`
    Github,
    /// For scripts
    Json,
}

impl From<Word> for Shell {
    fn from(word: Word) -> Self {
        match word {
            Word::Bash => Self::Bash,
            Word::Zsh => Self::Zsh,
            Word::Fish => Self::Fish,
            Word::Dotenv => Self::Dotenv,
            Word::Github => Self::Github,
            Word::Json => Self::Json,
        }
    }
}

pub(super) fn run(env: &Env, common: Common) -> Outcome {
    command::env(&EnvOptions { common, shell: env.shell.map(Into::into) })
}
