namespace LastMile.Events.Tool.Setup;

/// <summary>Prints each item that a command changed or left unchanged, then what the operator must do.</summary>
internal sealed class ChangeReport(TextWriter output)
{
    private readonly List<string> toDo = [];
    private int changed;
    private int unchanged;

    /// <summary>The server that the following items belong to, at the beginning of each line; empty if there is one server only.</summary>
    public string Server { get; set; } = "";

    private string Prefix => Server.Length == 0 ? "" : Server + ": ";

    /// <summary>Reports an item.</summary>
    /// <param name="subject">The state of the item, as a sentence.</param>
    /// <param name="isChange">Whether the command changed it.</param>
    public void Add(string subject, bool isChange)
    {
        if (isChange)
            changed++;
        else
            unchanged++;
        output.WriteLine($"{(isChange ? "changed  " : "unchanged")}  {Prefix}{subject}");
    }

    /// <summary>Adds an item to the list of what the operator must do.</summary>
    public void Leave(string advice) => toDo.Add(Prefix + advice);

    /// <summary>Prints the summary.</summary>
    public void Finish()
    {
        output.WriteLine($"{changed} changed, {unchanged} unchanged.");
        foreach (var advice in toDo)
            output.WriteLine($"To do: {advice}");
    }
}
