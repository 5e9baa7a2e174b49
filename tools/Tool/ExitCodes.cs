namespace LastMile.Events.Tool;

/// <summary>The exit codes of <c>init</c> and <c>setup</c>.</summary>
internal static class ExitCodes
{
    public const int Done = 0;
    public const int Failed = 1;

    /// <summary>The command changed nothing, because its arguments or the installation file do not allow it.</summary>
    public const int Refused = 2;
}
