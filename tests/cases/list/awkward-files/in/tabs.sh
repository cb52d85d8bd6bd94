#!/bin/sh
	export	DAGGER_VERSION=0.20.8
