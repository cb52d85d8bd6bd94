module example.com/pseudo

require dagger.io/dagger v0.20.6-0.20260415192040-7058e9313c72
