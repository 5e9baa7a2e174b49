using MassTransit;

namespace LastMile.Events.Hosting;

/// <summary>
/// Names queues that live as long as the process: a prefix and a random suffix, instead of the machine's and the program's name as in
/// MassTransit. Permissions on the broker are granted by name.
/// </summary>
/// <param name="prefix">The prefix of the names.</param>
public sealed class OwnQueueNames(string prefix) : DefaultEndpointNameFormatter(includeNamespace: false)
{
    /// <inheritdoc/>
    public override string TemporaryEndpoint(string tag) => Next(prefix);

    internal static string Next(string prefix) => $"{prefix}.{Guid.NewGuid():N}";
}
