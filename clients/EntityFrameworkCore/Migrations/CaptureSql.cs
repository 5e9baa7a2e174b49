using System.Text.Json;
using LastMile.Events.EntityFrameworkCore.Declaring;
using LastMile.Events.Postgres;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Migrations.Operations;
using Microsoft.EntityFrameworkCore.Storage;

namespace LastMile.Events.EntityFrameworkCore.Migrations;

/// <summary>Converts capture operations to <see cref="SqlOperation"/>, which every migrations generator supports.</summary>
internal sealed class CaptureSql(ISqlGenerationHelper names, IRelationalTypeMappingSource types, MigrationsSqlGenerationOptions options)
{
    private readonly RelationalTypeMapping text = types.GetMapping(typeof(string));

    // An idempotent script puts each statement into a DO block, where PL/pgSQL requires PERFORM.
    private readonly string verb = options.HasFlag(MigrationsSqlGenerationOptions.Idempotent) ? "PERFORM" : "SELECT";

    /// <summary>Returns the SQL of a capture operation, and any other operation unchanged.</summary>
    public MigrationOperation Of(MigrationOperation operation) => operation switch
    {
        InstallOutboxOperation => new SqlOperation { Sql = OutboxSchema.InstallScript.TrimEnd() },
        TrackTableOperation { KeepsRules: true } track => new SqlOperation { Sql = TrackAsBefore(track) },
        TrackTableOperation track => new SqlOperation { Sql = $"{verb} lastmile.track({Arguments(track)});" },
        UntrackTableOperation untrack => new SqlOperation { Sql = $"{verb} lastmile.untrack({Relation(untrack.Table)});" },
        _ => operation,
    };

    // Omits defaults of track() to keep the scripts short.
    private string Arguments(TrackTableOperation track)
    {
        var declared = track.Declaration;
        return Join(
            Relation(track.Table),
            $"entity => {Literal(declared.Entity)}",
            $"keys => {Literal(declared.Keys)}",
            $"tags => {Literal(declared.Tags)}",
            Columns(track),
            declared.Strict ? "strict => true" : null);
    }

    private string TrackAsBefore(TrackTableOperation track)
    {
        var arguments = Join(
            "t.relation",
            "entity => t.entity",
            $"keys => {Tracked("key")}",
            $"tags => {Tracked("tag")}",
            Columns(track),
            "strict => (t).strict");
        return
            $"""
            {verb} lastmile.track({arguments})
            FROM lastmile.tracked_table t WHERE t.relation = {Relation(track.Table)};
            """;
    }

    private static string Tracked(string kind) =>
        $"ARRAY(SELECT r.template FROM lastmile.purge_rule r WHERE r.relation = t.relation AND r.kind = '{kind}' ORDER BY r.template)";

    private string Columns(TrackTableOperation track)
    {
        var declared = track.Declaration;
        return Join(
            $"ignore => {Literal(declared.Ignore)}",
            $"columns => {Json(declared.Columns)}",
            declared.Joins is { } joins ? $"joins => jsonb_build_object({string.Join(", ", joins.Select(Pair))})" : null);

        string Pair(KeyValuePair<string, CaptureJoin> join) =>
            $"{Literal(join.Key)}, {Target(join.Value.SeenFrom(track.Table), join.Value)}";
    }

    // The server qualifies the name, because a later session that calls retrack() may have another search path.
    private string Target(StoreObjectIdentifier table, CaptureJoin join) =>
        $"jsonb_build_object('table', lastmile.qualified({Relation(table)}), 'on', {Json(join.On)})";

    private static string Join(params string?[] arguments) => string.Join(", ", arguments.OfType<string>());

    private string Json(object value) => Literal(JsonSerializer.Serialize(value, CaptureDeclaration.Json)) + "::jsonb";

    private string Relation(StoreObjectIdentifier table) => Literal(names.DelimitIdentifier(table.Name, table.Schema)) + "::regclass";

    private string Literal(IEnumerable<string> values) => $"ARRAY[{string.Join(", ", values.Select(Literal))}]::text[]";

    private string Literal(string value) => text.GenerateSqlLiteral(value);
}
