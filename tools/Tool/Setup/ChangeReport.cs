namespace LastMile.Events.Tool.Setup;

/// <summary>Prints what a command changed or found, one line each, and what it leaves to the person.</summary>
internal sealed class ChangeReport(TextWriter output)
{
    private readonly List<string> left = [];
    private int changed;
    private int found;

    /// <summary>Reports something that exists or that was changed.</summary>
    /// <param name="subject">What it is.</param>
    /// <param name="isChange">Whether the command changed it.</param>
    public void Add(string subject, bool isChange)
    {
        if (isChange)
            changed++;
        else
            found++;
        output.WriteLine($"{(isChange ? "changed" : "found  ")}  {subject}");
    }

    /// <summary>Reports something that the person must do.</summary>
    public void Leave(string advice) => left.Add(advice);

    /// <summary>Prints the summary.</summary>
    public void Finish()
    {
        output.WriteLine($"{changed} changed, {found} found as described.");
        foreach (var advice in left)
            output.WriteLine($"To do: {advice}");
    }
}
