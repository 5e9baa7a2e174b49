using System.Text.Json;
using LastMile.Events.EntityFrameworkCore.Declaring;
using LastMile.Events.Postgres;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Migrations.Operations;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql.EntityFrameworkCore.PostgreSQL.Infrastructure.Internal;
using Npgsql.EntityFrameworkCore.PostgreSQL.Migrations;

namespace LastMile.Events.EntityFrameworkCore.Migrations;

/// <summary>Writes the SQL that installs and ends the capture of tables, among that of the migration.</summary>
internal sealed class CaptureMigrationsSqlGenerator(
    MigrationsSqlGeneratorDependencies dependencies,
    INpgsqlSingletonOptions npgsqlOptions)
    : NpgsqlMigrationsSqlGenerator(dependencies, npgsqlOptions)
{
    private readonly RelationalTypeMapping text = dependencies.TypeMappingSource.GetMapping(typeof(string));

    public override IReadOnlyList<MigrationCommand> Generate(
        IReadOnlyList<MigrationOperation> operations,
        IModel? model = null,
        MigrationsSqlGenerationOptions options = MigrationsSqlGenerationOptions.Default) =>
        base.Generate(new CaptureWeaver(operations, model).Weave(), model, options);

    protected override void Generate(MigrationOperation operation, IModel? model, MigrationCommandListBuilder builder)
    {
        switch (operation)
        {
            case InstallOutboxOperation:
                builder.AppendLines(OutboxSchema.InstallScript).EndCommand();
                break;
            case TrackTableOperation track:
                Call(builder, $"track({Arguments(track)})");
                break;
            case UntrackTableOperation untrack:
                Call(builder, $"untrack({Literal(untrack.Table)})");
                break;
            default:
                base.Generate(operation, model, builder);
                break;
        }
    }

    // An idempotent script puts each statement into a DO block, where a bare SELECT is an error.
    private void Call(MigrationCommandListBuilder builder, string call) =>
        builder.Append(Options.HasFlag(MigrationsSqlGenerationOptions.Idempotent) ? "PERFORM" : "SELECT")
            .Append(" lastmile.")
            .Append(call)
            .AppendLine(";")
            .EndCommand();

    // What is as track() has it by default is left out: the calls in scripts stay short.
    private string Arguments(TrackTableOperation track)
    {
        var declared = track.Declaration;
        string?[] arguments =
        [
            Literal(track.Table),
            $"entity => {Literal(declared.Entity)}",
            $"keys => {Literal(declared.Keys)}",
            $"tags => {Literal(declared.Tags)}",
            $"ignore => {Literal(declared.Ignore)}",
            $"columns => {Json(declared.Columns)}",
            declared.Joins is { } joins ? $"joins => {Json(joins.ToDictionary(join => join.Key, join => Target(join.Value), StringComparer.Ordinal))}" : null,
            declared.Strict ? "strict => true" : null,
        ];
        return string.Join(", ", arguments.OfType<string>());
    }

    private object Target(CaptureJoin join) => new { table = Delimited(join.Table, join.Schema), on = join.On };

    private string Json(object value) => Literal(JsonSerializer.Serialize(value, CaptureDeclaration.Json)) + "::jsonb";

    private string Delimited(string name, string? schema) => Dependencies.SqlGenerationHelper.DelimitIdentifier(name, schema);

    private string Literal(StoreObjectIdentifier table) => Literal(Delimited(table.Name, table.Schema)) + "::regclass";

    private string Literal(IEnumerable<string> values) => $"ARRAY[{string.Join(", ", values.Select(Literal))}]::text[]";

    private string Literal(string value) => text.GenerateSqlLiteral(value);
}
