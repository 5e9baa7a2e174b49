using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Invalidator.Configuration;
using LastMile.Events.Invalidator.Postgres;
using LastMile.Events.Postgres;
using LastMile.Events.Redis;
using Microsoft.Extensions.Options;
using Npgsql;

namespace LastMile.Events.Invalidator.Rules;

/// <summary>The current purge rules, from the database and the configuration. Reads them again when their revision changes.</summary>
internal sealed partial class RuleCatalog(IOptions<InvalidatorOptions> options, RedisKeys keys, ILogger<RuleCatalog> logger)
{
    private static readonly string Sql = SqlFile.Read("rules");

    private readonly PurgeRule[] configured = [.. options.Value.Rules.SelectMany(Parse)];
    private volatile RuleBook current = RuleBook.Empty;

    public RuleBook Current => current;

    /// <summary>Returns the rules at a revision or a later one. Reads the database if the cached rules have another revision.</summary>
    public async ValueTask<RuleBook> AtLeastAsync(Guid revision, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var book = current;
        if (book.Revision == revision)
            return book;

        book = await ReadAsync(connection, cancellationToken);
        current = book;
        Log.RulesRead(logger, book.Revision);
        return book;
    }

    private async Task<RuleBook> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var revision = Guid.Empty;
        var tables = new List<TrackedTable>();
        await using var command = new NpgsqlCommand(Sql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            revision = reader.GetGuid(0);
            if (await reader.IsDBNullAsync(1, cancellationToken))
                continue;

            var entity = reader.GetString(1);
            tables.Add(new TrackedTable(
                entity,
                reader.GetString(2),
                reader.GetString(3),
                reader.GetFieldValue<string[]>(4),
                [
                    .. Read(entity, RuleKind.Key, reader.GetFieldValue<string[]>(5)),
                    .. Read(entity, RuleKind.Tag, reader.GetFieldValue<string[]>(6)),
                ]));
        }

        return new RuleBook(revision, tables, configured)
        {
            Own = keys,
            Encoding = DatabaseEncoding.Of(connection.PostgresParameters.GetValueOrDefault("server_encoding")),
        };
    }

    private IEnumerable<PurgeRule> Read(string entity, RuleKind kind, string[] templates)
    {
        foreach (var text in templates)
        {
            if (PurgeTemplate.TryParse(text, out var template, out var error))
                yield return new PurgeRule(entity, kind, template);
            else
                Log.InvalidTemplate(logger, text, entity, error);
        }
    }

    private static IEnumerable<PurgeRule> Parse(InvalidatorOptions.ConfiguredRules rules) =>
        rules.Keys.Select(text => new PurgeRule(rules.Entity, RuleKind.Key, PurgeTemplate.Parse(text)))
            .Concat(rules.Tags.Select(text => new PurgeRule(rules.Entity, RuleKind.Tag, PurgeTemplate.Parse(text))));

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Purge rules read at revision {Revision}")]
        public static partial void RulesRead(ILogger logger, Guid revision);

        [LoggerMessage(
            Level = LogLevel.Error,
            Message = "The template '{Template}' of {Entity} in lastmile.purge_rule {Error}. "
                + "It purges nothing: call lastmile.track for its table again")]
        public static partial void InvalidTemplate(ILogger logger, string template, string entity, string error);
    }
}
