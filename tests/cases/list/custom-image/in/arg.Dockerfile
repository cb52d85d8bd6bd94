ARG TAG=16.4
FROM postgres:${TAG}-bookworm
FROM docker.io/library/postgres
FROM postgres:latest
FROM postgres:trixie
