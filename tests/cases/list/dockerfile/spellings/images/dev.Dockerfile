FROM registry.dagger.io/engine:v@VERSION@ AS engine
ENV A=1 \
    DAGGER_VERSION="@VERSION@"
COPY --from=registry.dagger.io/cli:v@VERSION@ /dagger /dagger
