#!/bin/sh
# postgres:15
V=16.4
docker run --rm "postgres:$V" psql # postgres:15
