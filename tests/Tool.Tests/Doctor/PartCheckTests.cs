using LastMile.Events.Fabric;
using LastMile.Events.Postgres;
using LastMile.Events.Testing;
using LastMile.Events.Tool.Doctor.Checks;
using LastMile.Events.Tool.Doctor.Facts;
using LastMile.Events.Tool.Doctor.Reading;
using Npgsql;
using RabbitMQ.Client;
using Xunit;

namespace Tool.Tests.Doctor;

/// <summary>Tests misconfigurations on separate servers, because they would break a running system.</summary>
public sealed class PartCheckTests(SharedServers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_database_without_tracked_tables_is_found()
    {
        var database = await DatabaseAsync();

        Assert.Equal(["postgres.superuser", "postgres.tracked"], await FindAsync(database));
    }

    [Fact]
    public async Task Doctor_reports_a_backlog_that_no_Invalidator_relays()
    {
        var database = await TrackedDatabaseAsync();
        await ExecuteAsync(
            database,
            "insert into lastmile.outbox (entity, kind, columns, rows, row_count, created_at) "
                + "values ('Product', 'update', '{}', '[]', 0, clock_timestamp() - interval '1 minute')");

        Assert.Equal(["postgres.superuser", "postgres.backlog"], await FindAsync(database));
    }

    [Fact]
    public async Task A_missing_publication_is_found_and_the_printed_statement_creates_it()
    {
        var database = await TrackedDatabaseAsync();
        await ExecuteAsync(database, $"drop publication {OutboxSchema.Publication}");

        var facts = await ReadAsync(database);
        var remedy = Judge(PostgresChecks.All, facts).Single(found => found.Id == "postgres.publication").Finding.Remedy;
        Assert.StartsWith("As the database's owner: create publication", remedy, StringComparison.Ordinal);
        await ExecuteAsync(database, remedy["As the database's owner: ".Length..remedy.IndexOf("; then", StringComparison.Ordinal)]);
        Assert.Equal(["postgres.superuser"], await FindAsync(database));
    }

    [Fact]
    public async Task A_dropped_table_is_found()
    {
        var database = await TrackedDatabaseAsync();
        await ExecuteAsync(database, "drop table products");

        Assert.Equal(["postgres.superuser", "postgres.capture"], await FindAsync(database));
    }

    [Fact]
    public async Task A_cluster_is_found_where_a_single_server_is_needed()
    {
        var redis = await servers.StartRedisAsync(
            config: new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["cluster-enabled"] = "yes",
                ["cluster-port"] = $"{FreePort.Next()}",
            });

        var facts = await ReadAsync(redis);
        Assert.Contains("redis.cluster", Judge(RedisChecks.All, facts).Select(found => found.Id));
        Assert.DoesNotContain("redis.cluster", Judge(RedisChecks.All, facts with { MayBeCluster = true }).Select(found => found.Id));
        Assert.Equal("The server is a node of a cluster, and each node that serves slots has names of its own.", facts.Watermark.Missing);
    }

    [Fact]
    public async Task A_classic_queue_is_found_where_services_declare_a_quorum_queue()
    {
        var host = await servers.CreateVirtualHostAsync();
        await using var connection = await new ConnectionFactory { Uri = host }.CreateConnectionAsync(Cancellation);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancellation);
        await channel.QueueDeclareAsync(
            BusRole.ChangesOf("main"), durable: true, exclusive: false, autoDelete: false, cancellationToken: Cancellation);

        var facts = await new BrokerReader(new(host.AbsoluteUri), BusRole.Invalidator("main")).ReadAsync(Identity("x"), Cancellation);

        var found = Assert.Single(Judge(BrokerChecks.All, facts), found => found.Id == "rabbitmq.queue-type");
        Assert.EndsWith(
            $"rabbitmqctl delete_queue -p {host.AbsolutePath[1..]} lastmile.changes.main", found.Finding.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_virtual_host_of_another_database_is_found()
    {
        var host = await servers.CreateVirtualHostAsync();
        await using var connection = await new ConnectionFactory { Uri = host }.CreateConnectionAsync(Cancellation);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancellation);
        await channel.QueueDeclareAsync(
            BusRole.Invalidator("main").ClaimQueue,
            durable: true,
            exclusive: false,
            autoDelete: false,
            new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["x-queue-type"] = "classic",
                ["x-dead-letter-exchange"] = BusRole.Invalidator("main").ClaimQueue + ".first",
            },
            cancellationToken: Cancellation);
        var reader = new BrokerReader(new(host.AbsoluteUri), BusRole.Invalidator("main"));

        var other = await reader.ReadAsync(Identity("second"), Cancellation);
        var own = await reader.ReadAsync(Identity("first"), Cancellation);

        Assert.Contains("rabbitmq.claim", Judge(BrokerChecks.All, other).Select(found => found.Id));
        Assert.DoesNotContain("rabbitmq.claim", Judge(BrokerChecks.All, own).Select(found => found.Id));
    }

    [Fact]
    public async Task A_virtual_host_that_does_not_exist_is_found()
    {
        var host = await servers.CreateVirtualHostAsync();

        var facts = await new BrokerReader(new(host.AbsoluteUri + "-not"), BusRole.Invalidator("main"))
            .ReadAsync(Identity("x"), Cancellation);

        Assert.Equal("rabbitmq.reachable", Assert.Single(Judge(BrokerChecks.All, facts)).Id);
    }

    [Fact]
    public async Task The_checks_of_RabbitMQ_declare_and_deliver_nothing()
    {
        var host = await servers.CreateVirtualHostAsync();
        await using var connection = await new ConnectionFactory { Uri = host }.CreateConnectionAsync(Cancellation);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancellation);
        var exchange = BusRole.Invalidator("main").PublishedExchanges[0];
        await channel.ExchangeDeclareAsync(exchange, ExchangeType.Fanout, durable: true, cancellationToken: Cancellation);
        await channel.QueueDeclareAsync("seen", durable: true, exclusive: false, autoDelete: false, cancellationToken: Cancellation);
        await channel.QueueBindAsync("seen", exchange, "", cancellationToken: Cancellation);

        var facts = await new BrokerReader(new(host.AbsoluteUri), BusRole.Invalidator("main")).ReadAsync(Identity("x"), Cancellation);

        Assert.Empty(facts.Refusals.Value);
        Assert.Null(facts.Alarm.Value);
        Assert.All(facts.Queues.Value.Values, Assert.Null);
        Assert.Equal(0u, await channel.MessageCountAsync("seen", Cancellation));
    }

    [Fact]
    public async Task A_certificate_of_an_unknown_CA_is_found_with_the_setting()
    {
        using var authority = new TestAuthority();
        using var other = new TestAuthority();
        var redis = await servers.StartRedisAsync(config: new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["tls-port"] = "0",
            ["tls-cert-file"] = authority.CertificateFile,
            ["tls-key-file"] = authority.KeyFile,
            ["tls-ca-cert-file"] = authority.AuthorityFile,
            ["tls-auth-clients"] = "no",
        });
        var port = FreePort.Next();
        await RedisOperator.ExecuteAsync(redis, $"CONFIG SET tls-port {port}");
        var login = $"127.0.0.1:{port},ssl=true,{redis.Users.Login(RedisUser.Invalidator)}";

        var unknown = await new RedisReader(new(login), NeededCommands.OfInvalidator, null, TimeProvider.System, "main")
            .ReadAsync(Cancellation);
        var wrong = await new RedisReader(new(login, other.AuthorityFile), NeededCommands.OfInvalidator, null, TimeProvider.System, "main")
            .ReadAsync(Cancellation);
        var right = await new RedisReader(
                new(login, authority.AuthorityFile), NeededCommands.OfInvalidator, null, TimeProvider.System, "main")
            .ReadAsync(Cancellation);

        foreach (var refused in new[] { unknown, wrong })
        {
            var found = Assert.Single(Judge(RedisChecks.All, refused), found => found.Id == "redis.reachable");
            Assert.StartsWith("Set Redis:CaCertificate", found.Finding.Remedy, StringComparison.Ordinal);
        }

        Assert.Empty(Judge(RedisChecks.All, right));
    }

    private static Task<Fact<string?>> Identity(string database) => Task.FromResult(Fact<string?>.Known(database));

    private static List<(string Id, Finding Finding)> Judge<T>(IReadOnlyList<Check<T>> checks, T facts) =>
    [
        .. checks.SelectMany(check => check.Judge(facts).Findings.Where(finding => finding.Severity != Severity.Note)
            .Select(finding => (check.Id, finding))),
    ];

    private async Task<string> DatabaseAsync()
    {
        var database = await servers.CreateDatabaseAsync();
        await ExecuteAsync(database, OutboxSchema.InstallScript);
        return database;
    }

    private async Task<string> TrackedDatabaseAsync()
    {
        var database = await DatabaseAsync();
        await ExecuteAsync(
            database, "create table products (id int primary key); select lastmile.track('products', 'Product', array['product:{id}'])");
        return database;
    }

    private static async Task ExecuteAsync(string database, string sql)
    {
        await using var source = NpgsqlDataSource.Create(database + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancellation);
    }

    private static async Task<IEnumerable<string>> FindAsync(string database) =>
        Judge(PostgresChecks.All, await ReadAsync(database)).Select(found => found.Id);

    private static Task<PostgresFacts> ReadAsync(string database) =>
        new PostgresReader(new(database), TimeProvider.System).ReadAsync(Cancellation);

    private static Task<RedisFacts> ReadAsync(RedisServer redis) => new RedisReader(
        new(redis.EndpointAs(RedisUser.Invalidator)), NeededCommands.OfInvalidator, null, TimeProvider.System, "main")
        .ReadAsync(Cancellation);
}
