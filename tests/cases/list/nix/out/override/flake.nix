{ outputs = _: { };
}
