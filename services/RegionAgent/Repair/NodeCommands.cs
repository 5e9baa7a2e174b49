using LastMile.Events.Redis;
using StackExchange.Redis;

namespace LastMile.Events.RegionAgent.Repair;

/// <summary>
/// Commands to the nodes of a cluster, sent together. The failure of one does not affect the others. A node that did not answer in time
/// receives none for a moment, so that it does not delay the purges of the other nodes. Not thread-safe.
/// </summary>
internal sealed class NodeCommands(TimeProvider time)
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SilentNodePause = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, long> silentSince = new(StringComparer.Ordinal);

    /// <summary>The first failure since <see cref="Begin"/>; null for none.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Begins an attempt.</summary>
    public void Begin() => Failure = null;

    /// <summary>Sends commands, and returns the results of those that succeeded.</summary>
    /// <param name="commands">What each command is for, and the node that has to answer; null if no node serves the slot.</param>
    /// <param name="send">Sends a command.</param>
    public async Task<Dictionary<T, long>> SendAsync<T>(IEnumerable<(T For, RedisNode? Node)> commands, Func<T, Task<long>> send)
        where T : notnull
    {
        var sent = new List<(T For, RedisNode Node, Task<long> Answer)>();
        foreach (var (what, node) in commands)
        {
            if (node is null || !node.IsConnected || IsSilent(node))
                Failure ??= node is null ? Unserved() : Unconnected($"The cluster's node {node} is not connected.");
            else
                sent.Add((what, node, send(what)));
        }

        await Task.WhenAny(Task.WhenAll(sent.Select(command => command.Answer)), Task.Delay(AnswerTimeout, time));
        var results = new Dictionary<T, long>();
        foreach (var (what, node, answer) in sent)
        {
            if (answer.IsCompletedSuccessfully)
                results[what] = await answer;
            else
                Fail(node, answer);
        }

        return results;
    }

    private bool IsSilent(RedisNode node) =>
        silentSince.TryGetValue(node.Id, out var since) && time.GetElapsedTime(since) < SilentNodePause;

    private void Fail(RedisNode node, Task answer)
    {
        if (answer.Exception is { } failure)
        {
            Failure ??= failure.GetBaseException();
            return;
        }

        silentSince[node.Id] = time.GetTimestamp();
        Failure ??= new TimeoutException($"The cluster's node {node} did not answer within a second.");
        // It fails later, when nothing waits for it.
        _ = answer.ContinueWith(
            late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    /// <summary>Returns the failure of a slot that no node serves.</summary>
    public static RedisConnectionException Unserved() => Unconnected("No node of the cluster serves a slot.");

    private static RedisConnectionException Unconnected(string reason) =>
        new(ConnectionFailureType.UnableToConnect, CommandFlags.None, reason);
}
