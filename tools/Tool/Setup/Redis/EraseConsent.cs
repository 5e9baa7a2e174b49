namespace LastMile.Events.Tool.Setup.Redis;

/// <summary>Requires the operator's consent before a Redis that holds data becomes a replica and loses that data.</summary>
/// <param name="terminal">The operator's input; null without a terminal.</param>
/// <param name="output">The output for the question.</param>
/// <param name="given">The region's name from <c>--yes-erase</c>; null for none.</param>
internal sealed class EraseConsent(TextReader? terminal, TextWriter output, string? given)
{
    /// <summary>Returns if the operator consents; otherwise throws.</summary>
    /// <param name="region">The region's name.</param>
    /// <param name="server">The address of its Redis.</param>
    /// <param name="keys">The number of its keys.</param>
    /// <param name="memory">The bytes that it uses.</param>
    /// <param name="primary">The address of the primary.</param>
    /// <param name="current">The address of the server that it replicates from now; null for none.</param>
    /// <param name="cancellationToken">Ends the question, for Ctrl-C.</param>
    /// <exception cref="RefusedException">The operator does not consent.</exception>
    public async Task RequireAsync(
        string region, string server, long keys, string memory, string primary, string? current, CancellationToken cancellationToken)
    {
        var origin = current is null ? "" : $" It replicates from {current} now; if that is the primary, set ReplicaOf to that address.";
        var loss = $"The Redis at {server} holds {(keys == 1 ? "1 key" : $"{keys:N0} keys")} ({memory}).{origin} "
            + $"As a replica of {primary}, it loses all of its data.";
        if (given == region)
        {
            await output.WriteLineAsync(loss);
            return;
        }

        if (given is not null)
            throw new RefusedException($"{loss} --yes-erase names '{given}' instead of the region '{region}'. Nothing was changed.");
        if (terminal is null)
            throw new RefusedException($"{loss} To consent in a script, add --yes-erase {region}. Nothing was changed.");
        await output.WriteLineAsync(loss);
        await output.WriteAsync($"Type '{region}' to erase this Redis, or anything else to stop: ");
        await output.FlushAsync(cancellationToken);
        // The console's own asynchronous read blocks and ignores its token.
        var typed = await Task.Run(terminal.ReadLine, cancellationToken).WaitAsync(cancellationToken);
        if (typed?.Trim() != region)
            throw new RefusedException("Nothing was changed.");
    }
}
