/// ISO 8601 instants and Postgres's form of them.
enum AbsoluteTime {
    /// Without blanks at either end.
    static func trimmed(_ text: String) -> String {
        let front = text.drop { $0 == " " || $0 == "\t" || $0.isNewline }
        guard let last = front.lastIndex(where: { !($0 == " " || $0 == "\t" || $0.isNewline) }) else { return "" }
        return String(front[...last])
    }

    static func parse(_ text: String) throws(TargetTimeError) -> Instant {
        var scanner = TimeScanner(text)
        var civil = try date(&scanner)
        try time(&scanner, &civil)
        let offset = try zone(&scanner, &civil)
        if let error = TargetTimeError.problem(in: civil) { throw error }
        let instant = Instant(microseconds: civil.microsecondsSinceEpoch - Int64(offset) * 1_000_000)
        guard (Instant.first...Instant.last).contains(instant) else {
            throw TargetTimeError(
                .year, "\(scanner.shown) lies outside the years 1 to 9999 in UTC", hint: TargetTime.forms)
        }
        return instant
    }

    // MARK: Date

    private static func date(_ scanner: inout TimeScanner) throws(TargetTimeError) -> CivilTime {
        let lead = scanner.digitsAhead
        let isBasic = lead == 8
        guard (lead == 4 && scanner.character(at: 4) == "-") || isBasic else { throw badStart(scanner, lead) }
        guard let year = scanner.number(4) else { throw malformed(scanner) }
        if !isBasic {
            _ = scanner.take("-")
            if scanner.peek == "W" || scanner.peek == "w" || scanner.digitsAhead == 3 { throw otherCalendar(scanner) }
        }
        guard scanner.digitsAhead >= 2, let month = scanner.number(2) else { throw twoDigits(scanner) }
        if !isBasic {
            guard scanner.take("-") else { throw malformed(scanner) }
        }
        guard scanner.digitsAhead == 2, let day = scanner.number(2) else { throw twoDigits(scanner) }
        let civil = CivilTime(year: year, month: month, day: day)
        if let error = TargetTimeError.problem(in: civil) { throw error }
        return civil
    }

    private static func badStart(_ scanner: TimeScanner, _ digits: Int) -> TargetTimeError {
        do {
            let text = scanner.text
            if digits == scanner.count { try RelativeTime.checkEpoch(text[...], scanner.shown) }
        } catch {
            return error
        }
        switch digits {
        case 7: return otherCalendar(scanner)
        case 4 where scanner.character(at: 4) == "W": return otherCalendar(scanner)
        case 5... where scanner.character(at: digits) == "-":
            return TargetTimeError(
                .year, "\(scanner.shown) has a year outside 1 to 9999", hint: "write the year with four digits")
        case 1...2 where ["-", "/", "."].contains(scanner.character(at: digits)),
            4 where ["/", "."].contains(scanner.character(at: digits)):
            return TargetTimeError(
                .malformed, "\(scanner.shown) does not begin with a date such as 2025-01-31",
                hint: "the order is year-month-day: 2025-01-31T01:30:00Z")
        default: return malformed(scanner)
        }
    }

    private static func otherCalendar(_ scanner: TimeScanner) -> TargetTimeError {
        TargetTimeError(
            .malformed, "\(scanner.shown) gives the date by its week or by its day of the year",
            hint: "write year-month-day: 2025-01-31T01:30:00Z")
    }

    private static func twoDigits(_ scanner: TimeScanner) -> TargetTimeError {
        TargetTimeError(
            .malformed, "\(scanner.shown) does not give month and day with two digits each",
            hint: "write 2025-01-31, not 2025-1-31")
    }

    // MARK: Time

    private static func time(_ scanner: inout TimeScanner, _ civil: inout CivilTime) throws(TargetTimeError) {
        guard scanner.take("T") || scanner.take("t") || scanner.take(" ") else { throw noTime(scanner, civil) }
        let lead = scanner.digitsAhead
        guard lead != 0 else { throw noTime(scanner, civil) }
        let isBasic = lead != 2
        guard [2, 4, 6].contains(lead), let hour = scanner.number(2) else { throw badTime(scanner) }
        civil.hour = hour
        guard lead != 4, isBasic || scanner.take(":") else {
            if lead == 4 { civil.minute = scanner.number(2) ?? 0 }
            throw noSeconds(scanner, civil)
        }
        guard isBasic || scanner.digitsAhead == 2, let minute = scanner.number(2) else { throw badTime(scanner) }
        civil.minute = minute
        guard isBasic || scanner.take(":") else { throw noSeconds(scanner, civil) }
        guard scanner.digitsAhead == 2, let second = scanner.number(2) else { throw badTime(scanner) }
        civil.second = second
        if scanner.take(".") || scanner.take(",") { civil.microsecond = try fraction(&scanner) }
        if let error = TargetTimeError.problem(in: civil) { throw error }
    }

    /// Reads the digits after the point, as microseconds.
    private static func fraction(_ scanner: inout TimeScanner) throws(TargetTimeError) -> Int {
        let digits = scanner.digits()
        guard !digits.isEmpty else {
            throw TargetTimeError(
                .malformed, "\(scanner.shown) has no digits after the seconds' decimal point",
                hint: "write the fraction, or leave the point out")
        }
        let kept = digits.prefix(6)
        guard digits.count <= 9, digits.dropFirst(6).allSatisfy({ $0 == "0" }) else {
            throw TargetTimeError(
                .precision, "\(scanner.shown) is finer than a microsecond, which is the finest that Postgres keeps",
                hint: "write six digits after the point: .\(kept)")
        }
        return Int(kept + String(repeating: "0", count: 6 - kept.count)) ?? 0
    }

    private static func noTime(_ scanner: TimeScanner, _ civil: CivilTime) -> TargetTimeError {
        guard scanner.isAtEnd || scanner.rest.allSatisfy({ $0 == "Z" || $0 == "z" }) else {
            return malformed(scanner)
        }
        return TargetTimeError(
            .dateOnly, "\(scanner.shown) is a date without a time",
            hint: "add the time and the zone, such as \(civil.dateText)T00:00:00Z")
    }

    private static func noSeconds(_ scanner: TimeScanner, _ civil: CivilTime) -> TargetTimeError {
        TargetTimeError(
            .noSeconds, "\(scanner.shown) does not give the seconds",
            hint: "write hours, minutes and seconds, such as "
                + "\(CivilTime.padded(civil.hour, 2)):\(CivilTime.padded(civil.minute, 2)):00")
    }

    private static func badTime(_ scanner: TimeScanner) -> TargetTimeError {
        TargetTimeError(
            .malformed, "\(scanner.shown) does not give hours, minutes and seconds with two digits each",
            hint: "write the time like 01:30:00")
    }

    // MARK: Zone

    /// Reads the zone and returns its offset in seconds east of UTC.
    private static func zone(_ scanner: inout TimeScanner, _ civil: inout CivilTime) throws(TargetTimeError) -> Int {
        // Postgres and git write a blank before the offset, or read one.
        _ = scanner.take(" ")
        let rest = scanner.rest
        if rest.isEmpty {
            let written = civil.dateText + "T" + civil.timeText
            throw TargetTimeError(
                .noZone, "\(scanner.shown) has no zone",
                hint: "add the zone: \(written)Z if it is UTC, or an offset, such as \(written)+02:00")
        }
        if ["z", "utc"].contains(rest.lowercased()) { return 0 }
        guard let sign = rest.first, sign == "+" || sign == "-" else { throw zoneName(scanner) }
        let offset = try offset(&scanner)
        guard scanner.isAtEnd else {
            if scanner.peek == "[" || scanner.rest.drop(while: { $0 == " " }).first?.isLetter == true {
                throw zoneName(scanner)
            }
            throw badOffset(scanner)
        }
        return sign == "-" ? -offset : offset
    }

    /// Reads `+05`, `+0530`, `+05:30` or `+05:30:15`; without the sign's effect.
    private static func offset(_ scanner: inout TimeScanner) throws(TargetTimeError) -> Int {
        scanner.advance()
        let lead = scanner.digitsAhead
        guard [2, 4, 6].contains(lead), let hours = scanner.number(2) else { throw badOffset(scanner) }
        var fields = [hours]
        for _ in 0..<2 where lead > 2 ? scanner.digitsAhead > 0 : scanner.take(":") {
            guard lead > 2 || scanner.digitsAhead == 2, let field = scanner.number(2) else {
                throw badOffset(scanner)
            }
            fields.append(field)
        }
        let (minutes, seconds) = (fields.count > 1 ? fields[1] : 0, fields.count > 2 ? fields[2] : 0)
        guard hours <= 15, minutes <= 59, seconds <= 59 else {
            throw TargetTimeError(
                .offset, "\(scanner.shown) has an offset from UTC that does not exist",
                hint: "offsets run from -15:59:59 to +15:59:59")
        }
        return (hours * 60 + minutes) * 60 + seconds
    }

    private static func badOffset(_ scanner: TimeScanner) -> TargetTimeError {
        TargetTimeError(
            .offset, "\(scanner.shown) has an offset from UTC that cannot be read",
            hint: "write the offset like +02, +0530 or -04:00")
    }

    private static func zoneName(_ scanner: TimeScanner) -> TargetTimeError {
        let rest = scanner.rest.lowercased()
        if rest == "bc" || rest.hasSuffix(" bc") {
            return TargetTimeError(
                .year, "\(scanner.shown) lies before the year 1", hint: "write a year from 0001 to 9999")
        }
        guard rest.drop(while: { $0 == " " || $0 == "[" }).first?.isLetter == true else { return malformed(scanner) }
        return TargetTimeError(
            .zoneName, "\(scanner.shown) gives the zone by name, which can mean two instants when clocks go back",
            hint: "write the zone's offset at that moment, such as +02:00, or the time in UTC with Z")
    }

    private static func malformed(_ scanner: TimeScanner) -> TargetTimeError {
        TargetTimeError(.malformed, "\(scanner.shown) is not a time", hint: TargetTime.forms)
    }
}
