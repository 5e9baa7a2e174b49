using System.Text;
using LastMile.Events.Tool.Doctor.Facts;
using LastMile.Events.Tool.Installation;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace LastMile.Events.Tool.Doctor.Reading;

/// <summary>
/// Reads the state of RabbitMQ as a service's user. It declares only queues and exchanges that exist, which changes nothing. It publishes
/// in transactions that it rolls back, so no queue receives a message.
/// </summary>
/// <param name="settings">The broker.</param>
/// <param name="role">The queues and exchanges of the service.</param>
internal sealed class BrokerReader(RabbitMqSettings settings, BusRole role)
{
    private readonly Uri address = new(settings.Uri);

    private string VirtualHost => address.AbsolutePath.Length > 1 ? Uri.UnescapeDataString(address.AbsolutePath[1..]) : "/";

    /// <summary>Reads all facts.</summary>
    /// <param name="identity">The identity of the installation's database, to compare it with the claim of its lineage.</param>
    /// <param name="cancellationToken">Cancels the command.</param>
    public async Task<BrokerFacts> ReadAsync(Task<Fact<string?>> identity, CancellationToken cancellationToken)
    {
        var connection = await Probe.ReadAsync(ConnectAsync, cancellationToken);
        try
        {
            return await ReadAsync(connection, identity, cancellationToken);
        }
        finally
        {
            if (connection.Missing is null)
                Abandon(connection.Value);
        }
    }

    private async Task<BrokerFacts> ReadAsync(
        Fact<IConnection> connection, Task<Fact<string?>> identity, CancellationToken cancellationToken)
    {
        var alarm = await OnBrokerAsync(connection, (_, token) => AlarmAsync(token), cancellationToken);
        return new BrokerFacts
        {
            Address = $"{address.Host}:{(address.Port > 0 ? address.Port : address.Scheme == "amqps" ? 5671 : 5672)}",
            User = Uri.UnescapeDataString(address.UserInfo.Split(':')[0]),
            VirtualHost = VirtualHost,
            ClaimQueue = role.ClaimQueue,
            Version = connection.Missing is { } reason ? Fact<Version>.Unknown(reason) : Fact<Version>.Known(VersionOf(connection.Value)),
            Claim = await OnBrokerAsync(connection, (c, token) => ClaimAsync(c, identity, token), cancellationToken),
            Queues = await OnBrokerAsync(connection, QueuesAsync, cancellationToken),
            Refusals = alarm is { Missing: null, Value: null }
                ? await OnBrokerAsync(connection, RefusalsAsync, cancellationToken)
                : Fact<IReadOnlyList<string>>.Unknown("The broker accepts no messages, or was not reached."),
            Alarm = alarm,
        };
    }

    private static async Task<Fact<T>> OnBrokerAsync<T>(
        Fact<IConnection> connection, Func<IConnection, CancellationToken, Task<T>> read, CancellationToken cancellationToken) =>
        connection.Missing is null
            ? await Probe.ReadAsync(token => read(connection.Value, token), cancellationToken)
            : Fact<T>.Unknown("RabbitMQ was not reached.");

    private async Task<IConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        var factory = new ConnectionFactory
        {
            Uri = address,
            VirtualHost = VirtualHost,
            AutomaticRecoveryEnabled = false,
            RequestedConnectionTimeout = Probe.Timeout,
            ContinuationTimeout = Probe.Timeout,
            ClientProvidedName = "lastmile-doctor",
        };
        if (settings.CaCertificate is { Length: > 0 } file)
            factory.Ssl.CertificateValidationCallback = new TrustedCa(file).Validate;
        var connection = await factory.CreateConnectionAsync(cancellationToken);
        // The client does not wait for the broker to open the virtual host, so a refusal shows at the next operation.
        await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
        return connection;
    }

    private static Version VersionOf(IConnection connection) =>
        connection.ServerProperties?.TryGetValue("version", out var value) == true && value is byte[] text
            && Version.TryParse(Encoding.UTF8.GetString(text).Split('-', '+')[0], out var version)
            ? version
            : new Version(0, 0);

    private async Task<HostClaim> ClaimAsync(
        IConnection connection, Task<Fact<string?>> identity, CancellationToken cancellationToken)
    {
        if (await CountAsync(connection, role.ClaimQueue, cancellationToken) is null)
            return HostClaim.None;
        var database = (await identity).Missing is null ? (await identity).Value : null;
        if (database is null)
            throw new InvalidOperationException("The identity of the database is unknown.");
        var arguments = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["x-queue-type"] = "classic",
            ["x-dead-letter-exchange"] = $"{role.ClaimQueue}.{database}",
        };
        var refusal = await RefusalAsync(
            connection,
            channel => channel.QueueDeclareAsync(role.ClaimQueue, true, false, false, arguments, cancellationToken: cancellationToken),
            cancellationToken);
        return refusal?.ReplyCode switch
        {
            null => HostClaim.Own,
            Constants.PreconditionFailed => HostClaim.Foreign,
            _ => throw new InvalidOperationException(refusal.ReplyText),
        };
    }

    private async Task<IReadOnlyDictionary<string, QueueFacts?>> QueuesAsync(IConnection connection, CancellationToken cancellationToken)
    {
        var queues = new Dictionary<string, QueueFacts?>(StringComparer.Ordinal);
        foreach (var name in role.Queues.Concat(role.FailureQueues))
        {
            var found = await CountAsync(connection, name, cancellationToken);
            queues[name] = found is null || role.QuorumArguments(name) is not { } arguments
                ? found
                : found with { IsQuorum = await IsQuorumAsync(connection, name, arguments, cancellationToken) };
        }

        return queues;
    }

    private static async Task<QueueFacts?> CountAsync(IConnection connection, string name, CancellationToken cancellationToken)
    {
        QueueFacts? found = null;
        var refusal = await RefusalAsync(
            connection,
            async channel =>
            {
                var queue = await channel.QueueDeclarePassiveAsync(name, cancellationToken);
                found = new QueueFacts(queue.MessageCount, queue.ConsumerCount);
            },
            cancellationToken);
        return refusal is null || refusal.ReplyCode == Constants.NotFound ? found : throw new InvalidOperationException(refusal.ReplyText);
    }

    // RabbitMQ accepts the declaration of an existing queue if the arguments are equal; otherwise the error names one that differs.
    private static async Task<bool?> IsQuorumAsync(
        IConnection connection, string name, Dictionary<string, object?> arguments, CancellationToken cancellationToken)
    {
        var refusal = await RefusalAsync(
            connection,
            channel => channel.QueueDeclareAsync(name, true, false, false, arguments, cancellationToken: cancellationToken),
            cancellationToken);
        return refusal is null ? true : refusal.ReplyText.Contains("'x-queue-type'", StringComparison.Ordinal) ? false : null;
    }

    private async Task<IReadOnlyList<string>> RefusalsAsync(IConnection connection, CancellationToken cancellationToken)
    {
        var refusals = new List<string>();
        foreach (var exchange in role.DeclaredExchanges)
        {
            if (await ExistsAsync(connection, exchange, cancellationToken))
            {
                await AddAsync(channel => channel.ExchangeDeclareAsync(
                    exchange, ExchangeType.Fanout, durable: true, cancellationToken: cancellationToken));
            }
        }

        foreach (var exchange in role.PublishedExchanges)
        {
            if (await ExistsAsync(connection, exchange, cancellationToken))
                await AddAsync(channel => PublishNothingAsync(channel, exchange, cancellationToken));
        }

        return refusals;

        async Task AddAsync(Func<IChannel, Task> act)
        {
            if (await RefusalAsync(connection, act, cancellationToken) is { ReplyCode: Constants.AccessRefused } refusal)
                refusals.Add(refusal.ReplyText);
        }
    }

    private static async Task<bool> ExistsAsync(IConnection connection, string exchange, CancellationToken cancellationToken) =>
        await RefusalAsync(
            connection, channel => channel.ExchangeDeclarePassiveAsync(exchange, cancellationToken), cancellationToken) is null;

    // RabbitMQ checks the permission when it receives the message, and would deliver the message at the commit.
    private static async Task PublishNothingAsync(IChannel channel, string exchange, CancellationToken cancellationToken)
    {
        await channel.TxSelectAsync(cancellationToken);
        await channel.BasicPublishAsync(exchange, "", ReadOnlyMemory<byte>.Empty, cancellationToken);
        await channel.TxRollbackAsync(cancellationToken);
    }

    // A broker with an alarm stops reading from a connection that publishes, so this check uses its own connection.
    private async Task<string?> AlarmAsync(CancellationToken cancellationToken)
    {
        var connection = await ConnectAsync(cancellationToken);
        try
        {
            var blocked = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
            connection.ConnectionBlockedAsync += (_, alarm) =>
            {
                blocked.TrySetResult(alarm.Reason);
                return Task.CompletedTask;
            };
            var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
            await Task.WhenAny(PublishNothingAsync(channel, role.PublishedExchanges[0], cancellationToken), blocked.Task);
            return blocked.Task.IsCompletedSuccessfully ? await blocked.Task : null;
        }
        finally
        {
            Abandon(connection);
        }
    }

    // Not awaited: a broker with an alarm does not answer, and the client waits for it.
    private static void Abandon(IConnection connection) =>
        _ = connection.AbortAsync(Constants.ReplySuccess, "", TimeSpan.FromSeconds(1));

    // A refusal closes the channel, so each operation opens its own.
    private static async Task<ShutdownEventArgs?> RefusalAsync(
        IConnection connection, Func<IChannel, Task> act, CancellationToken cancellationToken)
    {
        try
        {
            await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
            await act(channel);
            return null;
        }
        catch (OperationInterruptedException refused) when (refused.ShutdownReason is not null)
        {
            return refused.ShutdownReason;
        }
    }
}
