module example.com/shop/api

go 1.24

toolchain go1.24.3
