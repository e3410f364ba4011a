        string digits = "";
        while (x > 0) {
            digits = (x % numBase) + digits;
            x /= numBase;
        }
        return digits;
