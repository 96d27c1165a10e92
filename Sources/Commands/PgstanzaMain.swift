/// The program's entry point, called by the executable.
public enum PgstanzaMain {
    /// Runs the command line and does not return before it has ended.
    public static func run() async {}
}
