using Npgsql;

namespace LastMile.Events.Cli.Quarantine;

/// <summary>The rows of <c>lastmile.outbox_quarantine</c>.</summary>
internal sealed class QuarantineTable(NpgsqlDataSource database)
{
    /// <summary>The rows that a choice means, oldest first.</summary>
    public async Task<List<QuarantinedRow>> ReadAsync(QuarantineChoice choice, CancellationToken cancellationToken)
    {
        var rows = new List<QuarantinedRow>();
        await using var command = database.CreateCommand(
            "select id, entity, kind, created_at, reason from lastmile.outbox_quarantine where ($1 or id = any ($2)) and entity = coalesce($3, entity) order by id");
        command.Parameters.Add(new() { Value = choice.All });
        command.Parameters.Add(new() { Value = choice.Ids });
        command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = choice.Entity });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            rows.Add(new(reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetFieldValue<DateTimeOffset>(3), reader.GetString(4)));
        return rows;
    }

    /// <summary>Puts rows back into the outbox.</summary>
    /// <returns>How many: those that tell of a failed capture stay.</returns>
    public async Task<long> RequeueAsync(IEnumerable<long> ids, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("select lastmile.requeue($1)");
        command.Parameters.Add(new() { Value = ids.ToArray() });
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Deletes rows.</summary>
    /// <returns>How many there were.</returns>
    public async Task<long> DropAsync(IEnumerable<long> ids, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("delete from lastmile.outbox_quarantine where id = any ($1)");
        command.Parameters.Add(new() { Value = ids.ToArray() });
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }
}

/// <summary>A row that could not be understood.</summary>
/// <param name="Id">Its id in the quarantine.</param>
/// <param name="Entity">What changed.</param>
/// <param name="Kind">How: insert, update, delete, truncate, or failure for what tells that a change could not be captured.</param>
/// <param name="ChangedAt">When.</param>
/// <param name="Reason">Why it was not understood.</param>
internal sealed record QuarantinedRow(long Id, string Entity, string Kind, DateTimeOffset ChangedAt, string Reason);

/// <summary>Which rows are meant.</summary>
/// <param name="Ids">These,</param>
/// <param name="All">or all,</param>
/// <param name="Entity">but of this entity only; null for any.</param>
internal sealed record QuarantineChoice(long[] Ids, bool All, string? Entity)
{
    /// <summary>Why nobody can tell what is meant; null when it is clear.</summary>
    public string? Reject() => (Ids.Length > 0, All || Entity is not null) switch
    {
        (false, false) => "Name the rows by their ids, or say --all or --entity NAME. './lastmile quarantine list' shows what there is.",
        (true, true) => "Name the rows by their ids, or say --all or --entity NAME, not both.",
        _ => null,
    };
}
