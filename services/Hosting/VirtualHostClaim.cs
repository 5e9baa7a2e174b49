using System.Text.RegularExpressions;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace LastMile.Events.Hosting;

/// <summary>
/// Claims a lineage's name on a virtual host for one database. If two databases used the same name, a region of one would wait for the
/// purges of the other. The claim is an empty queue whose dead-letter exchange names the database; RabbitMQ refuses to declare it again
/// with another name.
/// </summary>
internal static partial class VirtualHostClaim
{
    private const string Prefix = "lastmile.lineage.";

    /// <summary>Returns the name of the queue. It contains no messages.</summary>
    /// <param name="lineage">The lineage.</param>
    public static string QueueOf(string lineage) => Prefix + lineage;

    /// <summary>Claims the name of a lineage. Does nothing when the same database has claimed it before.</summary>
    /// <param name="connection">A connection to the virtual host.</param>
    /// <param name="claim">The lineage and its database.</param>
    /// <param name="virtualHost">The virtual host's name, for messages.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="BusHeldException">Another database has claimed the name.</exception>
    /// <exception cref="OperationInterruptedException">
    /// The broker refuses the queue for another reason, such as a missing permission.
    /// </exception>
    public static async Task MakeAsync(
        IConnection connection, LineageClaim claim, string virtualHost, CancellationToken cancellationToken)
    {
        try
        {
            await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
            await channel.QueueDeclareAsync(
                QueueOf(claim.Lineage),
                durable: true,
                exclusive: false,
                autoDelete: false,
                Naming(claim),
                cancellationToken: cancellationToken);
        }
        catch (OperationInterruptedException refused) when (refused.ShutdownReason?.ReplyCode == Constants.PreconditionFailed)
        {
            throw new BusHeldException(Explain(claim, virtualHost, refused), refused);
        }
        catch (OperationInterruptedException notFound) when (notFound.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            // The cluster node that stores the queue is down, so the claim can't be checked now.
        }
    }

    /// <summary>Returns the queue's arguments.</summary>
    /// <param name="claim">The lineage and its database.</param>
    public static Dictionary<string, object?> Naming(LineageClaim claim) => new(StringComparer.Ordinal)
    {
        ["x-queue-type"] = "classic",
        ["x-dead-letter-exchange"] = $"{QueueOf(claim.Lineage)}.{claim.Database}",
    };

    private static string Explain(LineageClaim claim, string virtualHost, OperationInterruptedException refused)
    {
        var other = Claimed().Match(refused.Message) is { Success: true } match ? $" ({match.Groups["database"].Value})" : "";
        return $"On the virtual host '{virtualHost}', the lineage '{claim.Lineage}' belongs to another database{other}, "
            + $"and this service works for {claim.Database}: regions would confuse their purges. "
            + "Give this database another lineage: set Invalidator:Lineage of its Invalidators, and add the name to Region:Lineages of the "
            + "agents. If this database has replaced the other one, delete the claim "
            + $"(rabbitmqctl delete_queue -p {virtualHost} {QueueOf(claim.Lineage)}). The service retries.";
    }

    // … for queue 'lastmile.lineage.main' in vhost '/': received 'lastmile.lineage.main.…' but current is 'lastmile.lineage.main.…'
    [GeneratedRegex(
        @"current is (the value )?'lastmile\.lineage\.[^.']+\.(?<database>[^']+)'",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Claimed();
}
