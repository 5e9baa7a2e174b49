namespace LastMile.Events.Tool.Setup.Redis;

/// <summary>Asks before a Redis that holds data becomes a replica, which replaces its data with the primary's.</summary>
/// <param name="terminal">The person's input; null if no person is there.</param>
/// <param name="output">Where to ask.</param>
/// <param name="given">The region's name from <c>--yes-erase</c>; null for none.</param>
internal sealed class EraseConsent(TextReader? terminal, TextWriter output, string? given)
{
    /// <summary>Returns if the person agrees.</summary>
    /// <param name="region">The region's name.</param>
    /// <param name="server">The address of its Redis.</param>
    /// <param name="keys">The number of its keys.</param>
    /// <param name="memory">The bytes that it uses.</param>
    /// <param name="primary">The address of the primary.</param>
    /// <param name="current">The address of the server that it replicates from now; null for none.</param>
    /// <exception cref="RefusedException">The person does not agree.</exception>
    public void Require(string region, string server, long keys, string memory, string primary, string? current = null)
    {
        var origin = current is null ? "" : $" It replicates from {current} now; if that is the primary, set ReplicaOf to it.";
        var loss = $"The Redis at {server} holds {(keys == 1 ? "1 key" : $"{keys:N0} keys")} ({memory}).{origin} "
            + $"As a replica of {primary}, it loses all of its data: the primary's content replaces it.";
        if (given == region)
        {
            output.WriteLine(loss);
            return;
        }

        if (given is not null)
            throw new RefusedException($"{loss} --yes-erase names '{given}', not the region '{region}'. Nothing was changed.");
        if (terminal is null)
            throw new RefusedException($"{loss} To accept that in a script, add --yes-erase {region}. Nothing was changed.");
        output.WriteLine(loss);
        output.Write($"Type the region's name to erase it, or anything else to stop: ");
        output.Flush();
        if (terminal.ReadLine()?.Trim() != region)
            throw new RefusedException("Nothing was changed.");
    }
}
