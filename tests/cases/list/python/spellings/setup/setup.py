setup(install_requires=["dagger-io~=@VERSION@"])
