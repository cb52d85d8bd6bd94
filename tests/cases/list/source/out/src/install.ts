const DAGGER_VERSION = process.env.DAGGER_VERSION ?? '0.21.7';

export const install = `curl -fsSL https://dl.dagger.io/dagger/install.sh | DAGGER_VERSION=${DAGGER_VERSION} sh`;
export const workflow = /DAGGER_VERSION: "?(0\.1\.0)"?/;
