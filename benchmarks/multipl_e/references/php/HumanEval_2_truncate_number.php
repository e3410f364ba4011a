    return fmod($number, 1.0);
}
