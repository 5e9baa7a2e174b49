namespace LastMile.Events.Tool.Setup;

/// <summary>Prints each item that a command changed or left unchanged, then what the operator must do.</summary>
internal sealed class ChangeReport(TextWriter output)
{
    private readonly List<string> toDo = [];
    private int changed;
    private int unchanged;

    /// <summary>Reports an item.</summary>
    /// <param name="subject">The state of the item, as a sentence.</param>
    /// <param name="isChange">Whether the command changed it.</param>
    public void Add(string subject, bool isChange)
    {
        if (isChange)
            changed++;
        else
            unchanged++;
        output.WriteLine($"{(isChange ? "changed  " : "unchanged")}  {subject}");
    }

    /// <summary>Adds an item to the list of what the operator must do.</summary>
    public void Leave(string advice) => toDo.Add(advice);

    /// <summary>Prints the summary.</summary>
    public void Finish()
    {
        output.WriteLine($"{changed} changed, {unchanged} unchanged.");
        foreach (var advice in toDo)
            output.WriteLine($"To do: {advice}");
    }
}
