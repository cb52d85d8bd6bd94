#!/bin/sh
	export	DAGGER_VERSION=0.21.7
