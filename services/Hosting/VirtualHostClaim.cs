using System.Text.RegularExpressions;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace LastMile.Events.Hosting;

/// <summary>
/// Claims a virtual host for one database. Messages on the bus carry watermarks without a database's name, so a region of one database
/// would wait for the purges of another. The claim is an empty queue whose dead-letter exchange names the database; RabbitMQ refuses to
/// declare it again with another name.
/// </summary>
internal static partial class VirtualHostClaim
{
    /// <summary>The name of the queue. It contains no messages.</summary>
    public const string Queue = "lastmile.database";

    /// <summary>Claims the virtual host. Does nothing when the same database has claimed it before.</summary>
    /// <param name="connection">A connection to the virtual host.</param>
    /// <param name="database">The identity of the database: a text that is unique to it.</param>
    /// <param name="virtualHost">The virtual host's name, for messages.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="BusHeldException">Another database has claimed the virtual host.</exception>
    /// <exception cref="OperationInterruptedException">
    /// The broker refuses the queue for another reason, such as a missing permission.
    /// </exception>
    public static async Task MakeAsync(IConnection connection, string database, string virtualHost, CancellationToken cancellationToken)
    {
        try
        {
            await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
            await channel.QueueDeclareAsync(
                Queue, durable: true, exclusive: false, autoDelete: false, Naming(database), cancellationToken: cancellationToken);
        }
        catch (OperationInterruptedException refused) when (refused.ShutdownReason?.ReplyCode == Constants.PreconditionFailed)
        {
            throw new BusHeldException(Explain(database, virtualHost, refused), refused);
        }
        catch (OperationInterruptedException notFound) when (notFound.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            // The cluster node that stores the queue is down, so the claim can't be checked now.
        }
    }

    /// <summary>Returns the queue's arguments.</summary>
    /// <param name="database">The identity of the database.</param>
    public static Dictionary<string, object?> Naming(string database) => new(StringComparer.Ordinal)
    {
        ["x-queue-type"] = "classic",
        ["x-dead-letter-exchange"] = $"{Queue}.{database}",
    };

    private static string Explain(string database, string virtualHost, OperationInterruptedException refused)
    {
        var other = Claimed().Match(refused.Message) is { Success: true } match ? $" ({match.Groups["database"].Value})" : "";
        return $"The virtual host '{virtualHost}' belongs to another database{other}, and this service works for {database}: "
            + "regions would confuse their purges. "
            + "Give each database its own virtual host, in RabbitMq:Uri of its Invalidators and agents. "
            + $"If this database has replaced the other one, delete the claim (rabbitmqctl delete_queue -p {virtualHost} {Queue}). "
            + "The service retries.";
    }

    // … for queue 'lastmile.database' in vhost '/': received 'lastmile.database.…' but current is 'lastmile.database.…'
    [GeneratedRegex(
        @"current is (the value )?'lastmile\.database\.(?<database>[^']+)'",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Claimed();
}
