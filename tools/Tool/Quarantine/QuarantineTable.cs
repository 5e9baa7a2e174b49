using Npgsql;

namespace LastMile.Events.Tool.Quarantine;

/// <summary>The rows of <c>lastmile.outbox_quarantine</c>.</summary>
internal sealed class QuarantineTable(NpgsqlDataSource database)
{
    /// <summary>Returns the chosen rows, oldest first.</summary>
    public async Task<List<QuarantinedRow>> ReadAsync(QuarantineChoice choice, CancellationToken cancellationToken)
    {
        var rows = new List<QuarantinedRow>();
        await using var command = database.CreateCommand(
            "select id, entity, kind, created_at, reason from lastmile.outbox_quarantine "
            + "where ($1 or id = any ($2)) and entity = coalesce($3, entity) order by id");
        command.Parameters.Add(new() { Value = choice.All });
        command.Parameters.Add(new() { Value = choice.Ids });
        command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = choice.Entity });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(new(
                reader.GetInt64(0),
                reader.GetString(1),
                reader.GetString(2),
                reader.GetFieldValue<DateTimeOffset>(3),
                reader.GetString(4)));
        }

        return rows;
    }

    /// <summary>Returns rows to the outbox.</summary>
    /// <returns>The number of returned rows. Rows that record a failed capture stay in quarantine.</returns>
    public async Task<long> RequeueAsync(IEnumerable<long> ids, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("select lastmile.requeue($1)");
        command.Parameters.Add(new() { Value = ids.ToArray() });
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Deletes rows.</summary>
    /// <returns>The number of deleted rows.</returns>
    public async Task<long> DropAsync(IEnumerable<long> ids, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("delete from lastmile.outbox_quarantine where id = any ($1)");
        command.Parameters.Add(new() { Value = ids.ToArray() });
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }
}

/// <summary>A row that could not be processed.</summary>
/// <param name="Id">The row's id in the quarantine.</param>
/// <param name="Entity">The changed entity.</param>
/// <param name="Kind">The kind: insert, update, delete, truncate, or failure for a change that could not be captured.</param>
/// <param name="ChangedAt">When it changed.</param>
/// <param name="Reason">Why the row could not be processed.</param>
internal sealed record QuarantinedRow(long Id, string Entity, string Kind, DateTimeOffset ChangedAt, string Reason);

/// <summary>The user's choice of rows.</summary>
/// <param name="Ids">The ids of the chosen rows.</param>
/// <param name="All">Whether to choose all rows instead.</param>
/// <param name="Entity">The entity to restrict the choice to; null for any.</param>
internal sealed record QuarantineChoice(long[] Ids, bool All, string? Entity)
{
    /// <summary>Returns why the choice is invalid; null if it is valid.</summary>
    public string? Reject() => (Ids.Length > 0, All || Entity is not null) switch
    {
        (false, false) => "Give row ids, --all, or --entity NAME. 'quarantine list' shows the rows.",
        (true, true) => "Give either row ids, or --all or --entity NAME, but not both.",
        _ => null,
    };
}
