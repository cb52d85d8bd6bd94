module example.com/replaced

require dagger.io/dagger v0.20.8

replace dagger.io/dagger => github.com/dagger/dagger/sdk/go v0.15.3
