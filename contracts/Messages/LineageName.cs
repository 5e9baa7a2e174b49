namespace LastMile.Events.Messages;

/// <summary>
/// The name of a lineage: one database's stream of purges. Several databases may share a broker and regions if their names differ.
/// </summary>
public static class LineageName
{
    /// <summary>The name of an installation with one database.</summary>
    public const string Default = "main";
}
