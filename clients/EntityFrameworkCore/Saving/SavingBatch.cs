using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Update;
using Npgsql.EntityFrameworkCore.PostgreSQL.Update.Internal;

namespace LastMile.Events.EntityFrameworkCore.Saving;

/// <summary>A batch of changes that sends along who saves them, in front of them and in the same message.</summary>
/// <remarks>
/// The base class reads how many rows each statement touched, by the statement's place in the message. So while it reads, a stand-in
/// takes the place of the leading statement, which touched one row, as the base class wants.
/// </remarks>
internal sealed class SavingBatch(
    ModificationCommandBatchFactoryDependencies dependencies,
    int maxBatchSize,
    SavingContext saving,
    RelationalTypeMapping text)
    : NpgsqlModificationCommandBatch(dependencies, maxBatchSize)
{
    private IReadOnlyList<IReadOnlyModificationCommand>? commandsRead;
    private IList<ResultSetMapping>? resultsRead;

    public override IReadOnlyList<IReadOnlyModificationCommand> ModificationCommands => commandsRead ?? base.ModificationCommands;

    protected override IList<ResultSetMapping> ResultSetMappings => resultsRead ?? base.ResultSetMappings;

    public override void Complete(bool moreBatchesExpected)
    {
        SqlBuilder.Insert(0, SavingContext.Statement + Environment.NewLine);
        AddText(SavingContext.TraceParentParameter, saving.TraceParent);
        AddText(SavingContext.ActorParameter, saving.Actor);
        base.Complete(moreBatchesExpected);
    }

    protected override void Consume(RelationalDataReader reader)
    {
        reader.DbDataReader.NextResult();
        StandIn();
        try
        {
            base.Consume(reader);
        }
        finally
        {
            StandDown();
        }
    }

    protected override async Task ConsumeAsync(RelationalDataReader reader, CancellationToken cancellationToken = default)
    {
        await reader.DbDataReader.NextResultAsync(cancellationToken);
        StandIn();
        try
        {
            await base.ConsumeAsync(reader, cancellationToken);
        }
        finally
        {
            StandDown();
        }
    }

    private void AddText(string name, string? value)
    {
        RelationalCommandBuilder.AddParameter(name, Dependencies.SqlGenerationHelper.GenerateParameterName(name), text, nullable: false);
        ParameterValues.Add(name, value ?? "");
    }

    private void StandIn()
    {
        resultsRead = [ResultSetMapping.NoResults, .. base.ResultSetMappings];
        commandsRead = [base.ModificationCommands[0], .. base.ModificationCommands];
    }

    private void StandDown()
    {
        commandsRead = null;
        resultsRead = null;
    }
}
