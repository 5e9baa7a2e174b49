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

    private string Arguments(TrackTableOperation track) => string.Join(", ",
        Literal(track.Table),
        $"entity => {Literal(track.Declaration.Entity)}",
        $"keys => {Literal(track.Declaration.Keys)}",
        $"tags => {Literal(track.Declaration.Tags)}",
        $"ignore => {Literal(track.Declaration.Ignore)}",
        $"columns => {Literal(track.Declaration.ColumnsAsJson())}::jsonb");

    private string Literal(StoreObjectIdentifier table) => Literal(Dependencies.SqlGenerationHelper.DelimitIdentifier(table.Name, table.Schema)) + "::regclass";

    private string Literal(IEnumerable<string> values) => $"ARRAY[{string.Join(", ", values.Select(Literal))}]::text[]";

    private string Literal(string value) => text.GenerateSqlLiteral(value);
}
