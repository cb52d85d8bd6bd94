module m
require dagger.io/dagger v@VERSION@ // indirect
